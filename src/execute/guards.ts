import { isNew } from './age-guard.ts';
import type { Registration, UserRef } from '../ingest/registration.ts';
import type { RuleRef, Step } from '../rules/model.ts';
import { begun } from '../platform/begun.ts';
import type { UserFacts } from '../ingest/user.ts';
import { isServiceError } from '../platform/errors.ts';
import { locksOutNow } from '../rules/steps/index.ts';
import { type LockoutLimit, deletesAccount, isCounted } from './lockout-limit.ts';
import type { Protection } from './protected-users.ts';

export interface Intent {
  readonly rule: RuleRef;
  readonly registration: UserRef & Pick<Registration, 'time'>;
  readonly user: Pick<UserFacts, 'username'>;
  /** What is about to be done. */
  readonly steps: readonly Step[];
  /** The person wishes it. No rule locks anybody out, so the lockout limit neither counts it nor holds it back. */
  readonly wished?: true;
}

export type Verdict =
  | {
      readonly kind: 'go';
      /** Resolves when the lockout limit has counted. A quick lockout does not wait for it; await it after that. */
      readonly counted: Promise<unknown>;
    }
  | { readonly kind: 'protected'; readonly because: string }
  | { readonly kind: 'stopped' };

/**
 * Stands between what rules decide and people who must not be locked out. It also limits how many people a rule locks
 * out in a minute.
 */
export interface Guards {
  ask(intent: Intent): Promise<Verdict>;
  isStopped: LockoutLimit['isStopped'];
}

export interface GuardsDeps {
  readonly protection: Protection;
  readonly limit: LockoutLimit;
  readonly now: () => number;
}

export function createGuards({ protection, limit, now }: GuardsDeps): Guards {
  return {
    async ask({ rule, registration, user, steps, wished }) {
      const lockouts = steps.filter(locksOutNow);
      if (lockouts.length === 0) {
        return { kind: 'go', counted: Promise.resolve() };
      }
      const quick = isNew(registration, now()) && !lockouts.some(deletesAccount);
      const refusal = await refusalOf(protection, registration, user, quick ? 'quick' : 'thorough');
      if (refusal !== null) {
        return { kind: 'protected', because: refusal.because };
      }
      const counted = begun(
        wished !== true && lockouts.some(isCounted) ? limit.admit(rule, registration) : Promise.resolve(true),
      );
      return quick || (await counted) ? { kind: 'go', counted } : { kind: 'stopped' };
    },
    isStopped: (rule, realm) => limit.isStopped(rule, realm),
  };
}

/** Somebody who was deleted since they were read, perhaps by this plan's last attempt, needs no guard. */
async function refusalOf(protection: Protection, ...about: Parameters<Protection['of']>): ReturnType<Protection['of']> {
  try {
    return await protection.of(...about);
  } catch (error) {
    if (isServiceError(error, 'USER_GONE')) {
      return null;
    }
    throw error;
  }
}
