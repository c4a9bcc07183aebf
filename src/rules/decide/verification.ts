import type { Rule, Step } from '../model.ts';

/**
 * The steps of a rule that ask nobody before the address is verified, where nothing in the rule makes the person verify
 * it: that is for the realm to do, then.
 */
export function waitsForVerified({ then, dryRun }: Pick<Rule, 'then' | 'dryRun'>): readonly Step[] {
  const verifies = then.some(
    (step) => step.uses === 'add-required-action' && step.with.action === 'VERIFY_EMAIL' && step.after === null,
  );
  return dryRun || verifies
    ? []
    : then.filter((step) => step.uses === 'request-approval' && step.with.waitFor === 'email-verified');
}
