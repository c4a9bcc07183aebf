import type { Rule, Step } from '../model.ts';

/**
 * The steps of a rule that ask approvers only once the address is verified, if no step of the rule makes the person
 * verify it. Then the realm has to do that.
 */
export function waitsForVerified({ then, dryRun }: Pick<Rule, 'then' | 'dryRun'>): readonly Step[] {
  return dryRun || hasVerified(then)
    ? []
    : then.filter((step) => step.uses === 'request-approval' && step.with.waitFor === 'email-verified');
}

/** Whether steps make the person verify the address before they are in. */
export function hasVerified(then: readonly Step[]): boolean {
  return then.some(
    (step) => step.uses === 'add-required-action' && step.with.action === 'VERIFY_EMAIL' && step.after === null,
  );
}
