import type { Step } from '../rules/model.ts';

/**
 * Which registrations this system began to disable the account of. Written before the account is touched: a crash after
 * that must not leave an account that looks as if somebody else had disabled it, for then no approval would let it in.
 */
export interface Closings {
  /** True the first time, over all instances: a repeat of the event must not close a door that was opened since. */
  claim(eventId: string): Promise<boolean>;
  claimed(eventId: string): Promise<boolean>;
}

/** Whether these steps disable the account, at once. */
export function disableAccount(steps: readonly Step[]): boolean {
  return steps.some(
    (step) =>
      step.after === null &&
      (step.uses === 'disable-user' || (step.uses === 'request-approval' && step.with.hold === 'account')),
  );
}
