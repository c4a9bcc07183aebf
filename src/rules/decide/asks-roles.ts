import { matchesGlob } from '../../platform/glob.ts';
import type { RuleBook } from '../model.ts';
import { everyStep } from '../steps/index.ts';

/** Whether rules for that realm ask the holders of a role. To read who holds it takes the right `view-realm`. */
export function asksRoles({ files }: RuleBook, realm: string): boolean {
  return files
    .filter(({ realms }) => realms.some((pattern) => matchesGlob(pattern, realm)))
    .flatMap(({ rules }) => rules)
    .flatMap(({ then }) => everyStep(then))
    .some((step) => step.uses === 'request-approval' && step.with.approvers.some((approver) => 'role' in approver));
}
