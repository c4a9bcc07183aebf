import type { Lockouts } from '../jobs/payloads.ts';
import type { Proof, Registration, UserRef } from '../ingest/registration.ts';
import { earlyDisableMaxAgeMs } from '../ingest/registration-age.ts';
import { begun } from '../platform/begun.ts';
import { isAhead, isBeforeSetUp, refuse } from './age-guard.ts';
import { decide } from '../rules/decide/decide.ts';
import { concernsRealm } from '../rules/decide/realms-named.ts';
import type { Accounts, Change } from '../rules/steps/effects.ts';
import type { Decision, RuleBook } from '../rules/model.ts';
import type { UserFacts } from '../ingest/user.ts';
import { disablesAccount } from '../rules/decide/disables-account.ts';
import type { Protection } from './protected-users.ts';
import type { UndoEarlyDisable } from './undo-early-disable.ts';

export interface EarlyDisableDeps {
  readonly rules: () => RuleBook;
  readonly users: { read(who: UserRef): Promise<UserFacts | null> };
  readonly accounts: Accounts;
  readonly lockouts: Lockouts;
  readonly protection: Pick<Protection, 'byName' | 'byGroup'>;
  readonly undo: Pick<UndoEarlyDisable, 'ifLetGo'>;
  /** When the realm was set up, ms since 1970. */
  readonly setUpAt: (realm: string) => Promise<number>;
  readonly now: () => number;
  readonly maxAgeMs: number;
}

export interface EarlyDisable {
  /**
   * Begins to disable the account, if the rules say so, while the job is being made durable. Never throws.
   * @param proof signed or stored: Keycloak has just made the account, so that it need not be looked at first
   */
  begin(registration: Registration, proof: Proof): void;
  /** As the given accounts, but a disable that was begun is waited for and not repeated. */
  readonly accounts: Accounts;
  readonly users: UsersSoFar;
}

/** Users as they may have been when the registration came; `now`: as they are at this moment. */
export interface UsersSoFar {
  read(who: UserRef, when?: 'now'): Promise<UserFacts | null>;
}

const forgetMs = 30_000;
const atOnce = 32;
const nothing = Promise.resolve('not-begun' as const);

/**
 * Disables an account before its job runs. The person is in until then, so reading the user and disabling the account
 * begin while the job is being queued. The job still decides, by the same function, and does what the early disable did
 * not. The job also counts for `LockoutLimit`. The early disable does not ask the limit: a stopped rule, too, disables
 * users who registered seconds ago.
 */
export function createEarlyDisable(deps: EarlyDisableDeps): EarlyDisable {
  const { rules, users, accounts, lockouts, protection, undo, setUpAt, now, maxAgeMs } = deps;
  const reads = new Map<string, Promise<UserFacts | null>>();
  const disables = new Map<string, Promise<Change | 'not-begun'>>();

  /** An identity provider's mapper can put a user into a protected group during the registration. */
  async function disable(
    registration: Registration,
    user: Pick<UserFacts, 'username'>,
    inGroup = begun(protection.byGroup(registration)),
  ): Promise<Change | 'not-begun'> {
    const left =
      (protection.byName(registration, user) ?? (await inGroup)) !== null ||
      isBeforeSetUp(registration, await setUpAt(registration.realm));
    if (left || !(await lockouts.claim(registration))) {
      return 'not-begun';
    }
    try {
      return await accounts.apply(registration, { kind: 'disable' });
    } finally {
      // Also after a failure, which may have come after the change. If this fails, the decision's own last look does it.
      await undo.ifLetGo(registration).catch(() => undefined);
    }
  }

  async function disableAfter(
    read: Promise<UserFacts | null>,
    registration: Registration,
  ): Promise<Change | 'not-begun'> {
    const inGroup = begun(protection.byGroup(registration)); // while the user is read
    const user = await read;
    if (user === null || refuse(registration, user, now(), maxAgeMs) !== null) {
      return 'not-begun';
    }
    const decision = decide(rules(), { registration, user });
    return decision.kind === 'decided' && disablesAtOnce(decision) ? disable(registration, user, inGroup) : 'not-begun';
  }

  return {
    begin(registration, proof) {
      const { userId, username } = registration;
      const early = decide(rules(), { registration });
      // In a realm that rules are for, the gate may hold the person all the same: the read says so.
      const nothingToDo =
        early.kind === 'decided' && early.steps.length === 0 && !concernsRealm(rules(), registration.realm);
      if (nothingToDo || !isFresh(registration, now()) || reads.size >= atOnce || reads.has(userId)) {
        return;
      }
      // A proven event is about an account that Keycloak has just made. Only the user name has to be checked before the
      // disable, because it can protect the user.
      const mayDisable = early.kind === 'missing' || disablesAtOnce(early);
      const disabling =
        proof !== 'trusted' && username !== null && early.kind === 'decided' && mayDisable
          ? disable(registration, { username })
          : null;
      const read = begun(
        disabling === null
          ? users.read(registration)
          : disabling.catch(() => null).then(() => users.read(registration)),
      );
      // If this fails, the job starts from nothing, and reports the failure if it meets it too.
      const disabled = (disabling ?? (mayDisable ? disableAfter(read, registration) : nothing)).catch(
        () => 'not-begun' as const,
      );
      reads.set(userId, read);
      disables.set(userId, disabled);
      setTimeout(() => {
        reads.delete(userId);
        disables.delete(userId);
      }, forgetMs).unref();
    },
    users: afterBegun(users, reads),
    accounts: afterDisable(accounts, disables),
  };
}

/** Waits for a read that was begun. If the user was not there, it asks again: the user may be visible by now. */
function afterBegun(
  users: EarlyDisableDeps['users'],
  reads: Map<string, Promise<UserFacts | null>>,
): EarlyDisable['users'] {
  return {
    async read(who, when) {
      const read = reads.get(who.userId);
      reads.delete(who.userId);
      const user = when === 'now' ? null : await read?.catch(() => null);
      return user ?? users.read(who);
    },
  };
}

/** Waits for a disable that was begun. A disable does not repeat it, and an enable comes after it. */
function afterDisable(accounts: Accounts, disables: Map<string, Promise<Change | 'not-begun'>>): Accounts {
  return {
    async apply(who, change) {
      const underWay = disables.get(who.userId);
      if (change.kind === 'enable') {
        await underWay;
      }
      if (underWay === undefined || change.kind !== 'disable') {
        return accounts.apply(who, change);
      }
      disables.delete(who.userId);
      const done = await underWay;
      return done === 'not-begun' ? accounts.apply(who, change) : done;
    },
  };
}

function isFresh(registration: Registration, now: number): boolean {
  return now - registration.time <= earlyDisableMaxAgeMs && !isAhead(registration, now);
}

function disablesAtOnce({ steps, dryRun }: Decision): boolean {
  return !dryRun && disablesAccount(steps);
}
