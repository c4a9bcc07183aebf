import type { Step } from '../model.ts';

/** Whether one of these steps disables the account, at once. */
export function disablesAccount(steps: readonly Step[]): boolean {
  return steps.some(
    (step) =>
      step.after === null &&
      (step.uses === 'disable-user' || (step.uses === 'request-approval' && step.with.hold === 'account')),
  );
}
