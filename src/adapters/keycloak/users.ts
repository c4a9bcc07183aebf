import type UserRepresentation from '@keycloak/keycloak-admin-client/lib/defs/userRepresentation.js';

import { ServiceError } from '../../errors.ts';
import type { Who } from '../../registration/registration.ts';
import type { UserFacts } from '../../rules/model.ts';
import type { Lookups } from './lookups.ts';
import type { RealmClient } from './realm-client.ts';

/** What is read of users. */
export class Users {
  readonly #client: (realm: string) => RealmClient;
  readonly #lookups: (realm: string) => Lookups;

  constructor(client: (realm: string) => RealmClient, lookups: (realm: string) => Lookups) {
    this.#client = client;
    this.#lookups = lookups;
  }

  /** `null`: no such user, yet or any more. */
  async read({ realm, userId: id }: Who): Promise<UserFacts | null> {
    const user = await this.#client(realm).call('read user', (admin) => admin.users.findOne({ id }));
    return user === undefined || user === null ? null : factsOf(user);
  }

  async named(realm: string, username: string): Promise<(UserFacts & { readonly userId: string }) | null> {
    const [user] = await this.#client(realm).call('find user', (admin) => admin.users.find({ username, exact: true }));
    return user?.id === undefined ? null : { ...factsOf(user), userId: user.id };
  }

  /**
   * Mail addresses of the enabled members of a group, or holders of a realm role. Reading who holds a role takes the
   * right `view-realm` besides `manage-users`.
   */
  async membersOf(realm: string, of: { readonly group: string } | { readonly role: string }): Promise<readonly string[]> {
    const client = this.#client(realm);
    const max = 1_000;
    const members =
      'group' in of
        ? await this.#groupMembers(realm, of.group, max)
        : await client.call(`users with role ${of.role}`, (admin) => admin.roles.findUsersWithRole({ name: of.role, max }));
    return members.flatMap(({ enabled, email }) => (enabled === true && email !== undefined ? [email] : []));
  }

  async #groupMembers(realm: string, path: string, max: number) {
    const id = await this.#lookups(realm).groupId(path);
    return this.#client(realm).call(`members of ${path}`, (admin) => admin.groups.listMembers({ id, max }));
  }
}

function factsOf(user: UserRepresentation): UserFacts {
  const attributes = (user.attributes ?? {}) as Record<string, string[]>;
  if (user.createdTimestamp === undefined) {
    throw new ServiceError('KEYCLOAK_REFUSED', 'Keycloak does not say when the user was created');
  }
  return {
    username: user.username ?? '',
    email: user.email ?? null,
    emailVerified: user.emailVerified ?? false,
    enabled: user.enabled ?? false,
    createdAt: user.createdTimestamp,
    firstName: user.firstName ?? null,
    lastName: user.lastName ?? null,
    locale: attributes['locale']?.[0] ?? null,
    attributes,
  };
}
