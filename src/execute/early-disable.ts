import type { Lockouts } from '../jobs/payloads.ts';
import type { Proof, Registration, UserRef } from '../ingest/registration.ts';
import { refuse } from './age-guard.ts';
import { decide } from '../rules/decide/decide.ts';
import type { Accounts, Change } from '../rules/steps/effects.ts';
import type { Decision, RuleBook } from '../rules/model.ts';
import type { UserFacts } from '../ingest/user.ts';
import { disablesAccount } from '../rules/decide/disables-account.ts';
import type { Protection } from './protected-users.ts';

export interface EarlyDisableDeps {
  readonly rules: () => RuleBook;
  readonly users: { read(who: UserRef): Promise<UserFacts | null> };
  readonly accounts: Accounts;
  readonly lockouts: Lockouts;
  readonly protection: Pick<Protection, 'byName' | 'byGroup'>;
  readonly now: () => number;
  readonly maxAgeMs: number;
}

export interface EarlyDisable {
  /**
   * Begins to close the door, if the rules say so, while the job is being made durable. Never throws.
   * @param proof signed or stored: Keycloak has just made the account, so that it need not be looked at first
   */
  begin(registration: Registration, proof: Proof): void;
  /** As the ones handed in, but what was begun is waited for instead of done again. */
  readonly accounts: Accounts;
  readonly users: { read(who: UserRef): Promise<UserFacts | null> };
}

/** Older events have waited somewhere; some milliseconds more do not matter, and somebody may have decided meanwhile. */
const youngMs = 10_000;
const forgetMs = 30_000;
const atOnce = 32;
const nothing = Promise.resolve('not-begun' as const);

/**
 * Takes the queue out of the way to a closed door. The person is in until the door is closed, so reading the user and
 * disabling the account begin beside the queueing of the job, not after it. The job remains what counts: it decides by
 * the same function, and does whatever the early disable did not. It also counts for `LockoutLimit`, which is not asked here:
 * whoever has registered seconds ago is disabled by a stopped rule, too.
 */
export function createEarlyDisable(deps: EarlyDisableDeps): EarlyDisable {
  const { rules, users, accounts, lockouts, protection, now, maxAgeMs } = deps;
  const reads = new Map<string, Promise<UserFacts | null>>();
  const disables = new Map<string, Promise<Change | 'not-begun'>>();

  /** An identity provider's mapper can put somebody into a protected group while they register. */
  async function close(
    registration: Registration,
    user: Pick<UserFacts, 'username'>,
    inGroup = protection.byGroup(registration),
  ): Promise<Change | 'not-begun'> {
    if ((protection.byName(registration, user) ?? (await inGroup)) !== null) {
      return 'not-begun';
    }
    return (await lockouts.claim(registration)) ? accounts.apply(registration, { kind: 'disable' }) : 'not-begun';
  }

  async function closeAfter(
    read: Promise<UserFacts | null>,
    registration: Registration,
  ): Promise<Change | 'not-begun'> {
    const inGroup = protection.byGroup(registration); // while the user is read
    inGroup.catch(() => undefined);
    const user = await read;
    if (user === null || refuse(registration, user, now(), maxAgeMs) !== null) {
      return 'not-begun';
    }
    const decision = decide(rules(), { registration, user });
    return decision.kind === 'decided' && closes(decision) ? close(registration, user, inGroup) : 'not-begun';
  }

  return {
    begin(registration, proof) {
      const { userId, time } = registration;
      const early = decide(rules(), { registration });
      const nothingToDo = early.kind === 'decided' && early.steps.length === 0;
      if (nothingToDo || now() - time > youngMs || reads.size >= atOnce || reads.has(userId)) {
        return;
      }
      // A proven event tells of an account that has just been made: there is nothing to look at before it is disabled, but
      // for the user name, by which people are protected.
      const { username } = registration;
      const mayClose = early.kind === 'missing' || closes(early);
      const closing =
        proof !== 'trusted' && username !== null && early.kind === 'decided' && mayClose
          ? close(registration, { username })
          : null;
      const read =
        closing === null ? users.read(registration) : closing.catch(() => null).then(() => users.read(registration));
      // A failure is the job's to meet and to report: it starts from nothing then.
      const begun = (closing ?? (mayClose ? closeAfter(read, registration) : nothing)).catch(
        () => 'not-begun' as const,
      );
      read.catch(() => undefined);
      reads.set(userId, read);
      disables.set(userId, begun);
      setTimeout(() => {
        reads.delete(userId);
        disables.delete(userId);
      }, forgetMs).unref();
    },
    users: {
      async read(who) {
        const begun = reads.get(who.userId);
        reads.delete(who.userId);
        // Not there is not an answer to keep: the user may be visible by now.
        const user = await begun?.catch(() => null);
        return user ?? users.read(who);
      },
    },
    accounts: {
      async apply(who, change) {
        const begun = change.kind === 'disable' ? disables.get(who.userId) : undefined;
        if (begun === undefined) {
          return accounts.apply(who, change);
        }
        disables.delete(who.userId);
        const done = await begun;
        return done === 'not-begun' ? accounts.apply(who, change) : done;
      },
    },
  };
}

function closes({ steps, dryRun }: Decision): boolean {
  return !dryRun && disablesAccount(steps);
}
