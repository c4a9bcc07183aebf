import type { Rule, Step } from '../model.ts';

/**
 * The steps of a rule that ask approvers only once the address is verified, if no step of the rule makes the person
 * verify it. Then the realm has to do that.
 */
export function waitsForVerified({ then, dryRun }: Pick<Rule, 'then' | 'dryRun'>): readonly Step[] {
  const verifies = then.some(
    (step) => step.uses === 'add-required-action' && step.with.action === 'VERIFY_EMAIL' && step.after === null,
  );
  return dryRun || verifies
    ? []
    : then.filter((step) => step.uses === 'request-approval' && step.with.waitFor === 'email-verified');
}
