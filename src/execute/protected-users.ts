import type { UserRef } from '../ingest/registration.ts';
import type { UserFacts } from '../ingest/user.ts';

/** Which guard refused, and why; holds nothing that a person typed. */
export interface Refusal {
  readonly guard: 'age' | 'user' | 'group' | 'role' | 'unconfirmed' | 'unconfirmable';
  readonly because: string;
  readonly remedy?: string;
}

export type ReportRefusal = (who: UserRef, refusal: Refusal) => void;

/** What Keycloak knows of a person's privileges. */
export interface Privileges {
  /** Paths. */
  groups(who: UserRef): Promise<readonly string[]>;
  /** One administrative role of the person, as far as the service account can see it. */
  administrativeRole(who: UserRef): Promise<string | null>;
}

export interface ProtectionDeps {
  readonly privileges: Privileges;
  /**
   * User names or ids, exact. A user chooses the name at registration, so a pattern would let any user be protected.
   */
  readonly users: readonly string[];
  /** Paths; their sub-groups count too. */
  readonly groups: readonly string[];
  readonly report: ReportRefusal;
}

/**
 * `quick` is for a user who registered a moment ago, and for what can be undone. The user is in until the check is
 * done, so it asks Keycloak nothing, except for groups if `PROTECTED_GROUPS` is set. So early, an account has no
 * administrative role of its own. `thorough` is for deletions, and for users who may have been promoted since they
 * registered.
 */
export type Care = 'quick' | 'thorough';

/** Keeps rules from people whom they must never lock out, log out or delete. */
export interface Protection {
  /** @returns why the person is left alone, or `null`. Reported, if so. */
  of(who: UserRef, user: Pick<UserFacts, 'username'>, care: Care): Promise<Refusal | null>;
  /** The part that does not need the user facts. It can be asked while the user is read. Not reported. */
  byGroup(who: UserRef): Promise<Refusal | null>;
  byName(who: UserRef, user: Pick<UserFacts, 'username'>): Refusal | null;
}

export function createProtection({ privileges, users, groups, report }: ProtectionDeps): Protection {
  const names = new Set(users.map((name) => name.toLowerCase()));

  function byName({ userId }: UserRef, { username }: Pick<UserFacts, 'username'>): Refusal | null {
    return names.has(userId.toLowerCase()) || names.has(username.toLowerCase())
      ? { guard: 'user', because: 'PROTECTED_USERS names this account' }
      : null;
  }

  async function byGroup(who: UserRef): Promise<Refusal | null> {
    if (groups.length === 0) {
      return null;
    }
    const joined = await privileges.groups(who);
    const found = groups.find((group) => joined.some((path) => path === group || path.startsWith(`${group}/`)));
    return found === undefined
      ? null
      : { guard: 'group', because: `the person is in ${found}, which PROTECTED_GROUPS names` };
  }

  async function byRole(who: UserRef): Promise<Refusal | null> {
    const role = await privileges.administrativeRole(who);
    return role === null ? null : { guard: 'role', because: `the person has the administrative role ${role}` };
  }

  return {
    byName,
    byGroup,
    async of(who, user, care) {
      const refusal = byName(who, user) ?? (await byGroup(who)) ?? (care === 'thorough' ? await byRole(who) : null);
      if (refusal !== null) {
        report(who, refusal);
      }
      return refusal;
    },
  };
}
