import { isNew } from './age-guard.ts';
import type { Registration, UserRef } from '../ingest/registration.ts';
import type { RuleRef, Step } from '../rules/model.ts';
import type { UserFacts } from '../ingest/user.ts';
import { closesNow } from '../rules/steps/index.ts';
import { type LockoutLimit, deletesAccount, isCounted } from './lockout-limit.ts';
import type { Protection } from './protected-users.ts';

export interface Intent {
  readonly rule: RuleRef;
  readonly registration: UserRef & Pick<Registration, 'time'>;
  readonly user: Pick<UserFacts, 'username'>;
  /** What is about to be done. */
  readonly steps: readonly Step[];
}

export type Verdict =
  | {
      readonly kind: 'go';
      /** Where the answer did not matter, the count still travels: it keeps nobody waiting whose door is open. */
      readonly counted: Promise<unknown>;
    }
  | { readonly kind: 'protected'; readonly because: string }
  | { readonly kind: 'stopped' };

/** Stands between what rules decide and people who must not be shut out, logged out or deleted, or not so many at once. */
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
    async ask({ rule, registration, user, steps }) {
      const closing = steps.filter(closesNow);
      if (closing.length === 0) {
        return { kind: 'go', counted: Promise.resolve() };
      }
      const light = isNew(registration, now()) && !closing.some(deletesAccount);
      const refusal = await protection.of(registration, user, light ? 'quick' : 'thorough');
      if (refusal !== null) {
        return { kind: 'protected', because: refusal.because };
      }
      const counted = closing.some(isCounted) ? limit.admit(rule, registration) : Promise.resolve(true);
      return light || (await counted) ? { kind: 'go', counted } : { kind: 'stopped' };
    },
    isStopped: (rule, realm) => limit.isStopped(rule, realm),
  };
}
