import type { Lockouts } from '../jobs/payloads.ts';
import type { Accounts } from '../rules/steps/effects.ts';

/** Accounts as given; that an account was disabled is noted in its mark. */
export function notingDisables(accounts: Accounts, lockouts: Pick<Lockouts, 'disabled'>): Accounts {
  return {
    async apply(who, change) {
      const done = await accounts.apply(who, change);
      if (change.kind === 'disable') {
        await lockouts.disabled(who);
      }
      return done;
    },
  };
}

/**
 * Accounts as given, for what was decided after the registration: the outcome of an approval, a delayed step. What it
 * disables, the undoing of an early disable leaves disabled.
 */
export function takingBack(accounts: Accounts, lockouts: Pick<Lockouts, 'takeBack'>): Accounts {
  return {
    async apply(who, change) {
      if (change.kind === 'disable') {
        await lockouts.takeBack(who);
      }
      return accounts.apply(who, change);
    },
  };
}
