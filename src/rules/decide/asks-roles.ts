import { matchesGlob } from '../../platform/glob.ts';
import type { RuleBook } from '../model.ts';
import { everyStep } from '../steps/index.ts';

export type RoleKind = 'realm' | 'client';

/** Of which kind the roles are whose holders the rules for that realm ask. To read who holds one takes a right. */
export function asksRoles({ files }: RuleBook, realm: string): readonly RoleKind[] {
  const asked = files
    .filter(({ realms }) => realms.some((pattern) => matchesGlob(pattern, realm)))
    .flatMap(({ rules }) => rules)
    .flatMap(({ then }) => everyStep(then))
    .flatMap((step) => (step.uses === 'request-approval' ? [step.with] : []))
    .flatMap(({ approvers, escalate }) => [...approvers, ...(escalate?.to ?? [])])
    .flatMap((approver) => ('role' in approver ? [approver.client === undefined ? 'realm' : 'client'] : []));
  return (['realm', 'client'] as const).filter((kind) => asked.includes(kind));
}
