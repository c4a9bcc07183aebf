import type { StoppedRule } from '../jobs/payloads.ts';
import { ServiceError } from '../platform/errors.ts';
import type { RuleRef, Step } from '../rules/model.ts';
import type { UserRef } from '../ingest/registration.ts';
import { disablesAccount } from '../rules/decide/disables-account.ts';

/**
 * How many people a rule may disable or delete per minute, counted over all instances. One more stops the rule. It
 * stays stopped until an operator changes the rule files or the limit.
 *
 * A stopped rule still disables users who registered in the last minutes. Otherwise sixty quick registrations would let
 * in all users after them. It deletes no user. It leaves alone users who registered earlier, because a forged event
 * could name such users. What a stopped rule does not do waits, and is decided anew.
 */
export interface LockoutLimit {
  /** Counts the person, at most once a minute. @returns whether the rule may go on */
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

/** @returns the error that postpones a job until the rule runs again */
export function ruleStopped({ file, line, rule }: RuleRef, { realm, userId }: UserRef): ServiceError {
  return new ServiceError('RULE_STOPPED', 'the rule has reached LOCKOUT_LIMIT_PER_MINUTE and is stopped', {
    file,
    line,
    rule,
    realm,
    userId,
  });
}
