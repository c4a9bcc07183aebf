import type { StoppedRule } from '../jobs/payloads.ts';
import { ServiceError } from '../platform/errors.ts';
import type { RuleRef, Step } from '../rules/model.ts';
import type { UserRef } from '../ingest/registration.ts';
import { disablesAccount } from '../rules/decide/disables-account.ts';

/**
 * How many people a rule may disable or delete per minute, counted over all instances. One more stops the rule, and it
 * stays stopped until somebody acts: until the rule files or the limit change.
 *
 * A stopped rule still disables whoever has registered in the last minutes: else sixty quick registrations would open the
 * door for everybody behind them. It deletes nobody, and leaves alone who has been in for longer, as the people are whom
 * a forged event could name. What it does not do waits, and is decided anew.
 */
export interface LockoutLimit {
  /** Counts the person, once a minute however often asked. @returns whether the rule may go on */
  admit(rule: RuleRef, who: UserRef): Promise<boolean>;
  isStopped(rule: RuleRef, realm: string): Promise<boolean>;
  /** The rules that are stopped now. */
  stopped(): Promise<readonly StoppedRule[]>;
}

export const noLimit: LockoutLimit = {
  admit: async () => true,
  isStopped: async () => false,
  stopped: async () => [],
};

/** Whether a step, done at once, counts: it disables the account or deletes it. */
export function isCounted(step: Step): boolean {
  return disablesAccount([step]) || deletesAccount(step);
}

export function deletesAccount({ uses, after }: Step): boolean {
  return after === null && uses === 'delete-user';
}

/** @returns the error that puts a job off until the rule runs again */
export function ruleStopped({ file, line, rule }: RuleRef, { realm, userId }: UserRef): ServiceError {
  return new ServiceError('RULE_STOPPED', 'the rule has reached LOCKOUT_LIMIT_PER_MINUTE and is stopped', {
    file,
    line,
    rule,
    realm,
    userId,
  });
}
