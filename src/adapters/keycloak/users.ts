import type { Directory, Member, MembersRef } from '../../approvals/find-approvers.ts';
import { isServiceError } from '../../platform/errors.ts';
import type { UserRef } from '../../ingest/registration.ts';
import type { FoundUser } from '../../ingest/user.ts';
import type { RoleRef } from '../../rules/model.ts';
import type { UserFacts } from '../../ingest/user.ts';
import type { Lookups } from './lookups.ts';
import type { RealmClient } from './realm-client.ts';
import { type KeycloakUser, readUser, users } from './user.ts';

/** How many members of a group or role are read: no rule asks more approvers than that. */
const mostMembers = 1_000;

/** What is read of users. */
export class Users implements Directory {
  readonly #client: (realm: string) => RealmClient;
  readonly #lookups: (realm: string) => Lookups;

  constructor(client: (realm: string) => RealmClient, lookups: (realm: string) => Lookups) {
    this.#client = client;
    this.#lookups = lookups;
  }

  /** `null`: no such user, yet or any more. */
  async read(who: UserRef): Promise<UserFacts | null> {
    try {
      return factsOf(await readUser(this.#client(who.realm), who));
    } catch (error) {
      if (isServiceError(error, 'USER_GONE')) {
        return null;
      }
      throw error;
    }
  }

  /** @throws ServiceError USER_GONE */
  async requiredActions(who: UserRef): Promise<readonly string[]> {
    return (await readUser(this.#client(who.realm), who)).requiredActions;
  }

  /** Whether a role was given to the user, not by way of a group or another role. */
  holdsRole({ realm, userId }: UserRef, role: RoleRef): Promise<boolean> {
    return this.#lookups(realm).holds(userId, role);
  }

  async named(realm: string, username: string): Promise<FoundUser | null> {
    const [user] = await this.#search(realm, { username });
    return user ?? null;
  }

  /** By id, user name or e-mail address, each as a whole. Several only where the realm allows an address twice. */
  async find(realm: string, who: string): Promise<readonly FoundUser[]> {
    const user = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(who)
      ? await this.read({ realm, userId: who })
      : null;
    if (user !== null) {
      return [{ ...user, userId: who.toLowerCase() }];
    }
    const named = await this.#search(realm, { username: who });
    return named.length > 0 ? named : this.#search(realm, { email: who });
  }

  async #search(realm: string, query: Readonly<Record<string, string>>): Promise<readonly FoundUser[]> {
    const found = await this.#client(realm).get('find user', 'users', users, { ...query, exact: 'true' });
    return found.map((user) => ({ ...factsOf(user), userId: user.id }));
  }

  /**
   * The enabled members of a group, or holders of a role, that have a mail address. Addresses that are not verified count
   * too: administrators make most approvers by hand, and seldom tick that box. To read who holds a role takes a right
   * besides `manage-users`: `view-realm` for a role of the realm, `view-clients` for a role of a client.
   * @throws ServiceError GROUP_MISSING, ROLE_MISSING
   */
  async membersOf(realm: string, of: MembersRef): Promise<readonly Member[]> {
    return (await this.#members(realm, of)).flatMap((user) =>
      user.enabled && user.email !== undefined
        ? [{ userId: user.id, name: nameOf(user), address: user.email, ...readerOf(user) }]
        : [],
    );
  }

  #members(realm: string, of: MembersRef): Promise<readonly KeycloakUser[]> {
    const client = this.#client(realm);
    const lookups = this.#lookups(realm);
    const query = { max: String(mostMembers), briefRepresentation: 'false' }; // with attributes, for the locale
    if ('group' in of) {
      return lookups.withGroup(of.group, (id) =>
        client.get(`members of ${of.group}`, `groups/${id}/members`, users, query),
      );
    }
    const role = encodeURIComponent(of.role);
    if (of.client === undefined) {
      return client.get(`users with role ${of.role}`, `roles/${role}/users`, users, query);
    }
    const name = `users with role ${of.client}/${of.role}`;
    return lookups.withRole(of, ({ clientUuid }) =>
      client.get(name, `clients/${clientUuid ?? ''}/roles/${role}/users`, users, query),
    );
  }

  /** Where a realm allows an address twice, nobody knows which of them reads it. */
  async withAddress(realm: string, address: string): Promise<Pick<Member, 'locale' | 'zone'> | null> {
    const query = { email: address, exact: 'true' };
    const found = await this.#client(realm).get('find user', 'users', users, query);
    const [user, ...others] = found.filter(({ enabled }) => enabled);
    return user === undefined || others.length > 0 ? null : readerOf(user);
  }
}

/** In which language and time zone a user reads, by the attributes that OpenID Connect names so. */
function readerOf({ attributes }: KeycloakUser): Pick<Member, 'locale' | 'zone'> {
  return { locale: attributes['locale']?.[0] ?? null, zone: attributes['zoneinfo']?.[0] ?? null };
}

function nameOf({ firstName, lastName, username }: KeycloakUser): string {
  return [firstName, lastName].filter(Boolean).join(' ') || username;
}

function factsOf(user: KeycloakUser): UserFacts {
  return {
    username: user.username,
    email: user.email ?? null,
    emailVerified: user.emailVerified,
    enabled: user.enabled,
    createdAt: user.createdTimestamp,
    firstName: user.firstName ?? null,
    lastName: user.lastName ?? null,
    locale: user.attributes['locale']?.[0] ?? null,
    attributes: user.attributes,
    requiredActions: user.requiredActions,
  };
}
