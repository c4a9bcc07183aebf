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

/** Somebody who may be asked. */
export interface Member {
  readonly address: string;
  readonly locale: string | null;
}

/** What is read of users. */
export class Users {
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
   * Mail addresses and languages of the enabled members of a group, or holders of a realm role. Addresses that are not
   * verified count too: administrators make most approvers by hand, and seldom tick that box. To read who holds a role
   * takes the right `view-realm` besides `manage-users`.
   * @param exceptUserId a member who is left out
   * @throws ServiceError GROUP_MISSING, ROLE_MISSING
   */
  async membersOf(
    realm: string,
    of: { readonly group: string } | { readonly role: string },
    exceptUserId?: string,
  ): Promise<readonly Member[]> {
    const client = this.#client(realm);
    const query = { max: String(mostMembers), briefRepresentation: 'false' }; // with attributes, for the locale
    const members =
      'group' in of
        ? await this.#lookups(realm).withGroup(of.group, (id) =>
            client.get(`members of ${of.group}`, `groups/${id}/members`, users, query),
          )
        : await client.get(`users with role ${of.role}`, `roles/${encodeURIComponent(of.role)}/users`, users, query);
    return members.flatMap(({ id, enabled, email, attributes }) =>
      enabled && email !== undefined && id !== exceptUserId
        ? [{ address: email, locale: attributes['locale']?.[0] ?? null }]
        : [],
    );
  }
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
