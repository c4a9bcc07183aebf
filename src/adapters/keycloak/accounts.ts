import { isServiceError, ServiceError } from '../../errors.ts';
import type { Who } from '../../registration/registration.ts';
import type { Accounts, Change } from '../../rules/effects.ts';
import type { RoleRef } from '../../rules/model.ts';
import type { Lookups, MappableRole } from './lookups.ts';
import type { RealmClient } from './realm-client.ts';

/** What a `PUT` with attributes must repeat, or Keycloak clears it. */
const profileFields = ['username', 'email', 'firstName', 'lastName'] as const;

/**
 * The effects on accounts, each with the smallest call there is: a user is never read, changed and written back whole,
 * for that would undo what the person or an administrator changed in between.
 */
export class KeycloakAccounts implements Accounts {
  readonly #client: (realm: string) => RealmClient;
  readonly #lookups: (realm: string) => Lookups;

  constructor(client: (realm: string) => RealmClient, lookups: (realm: string) => Lookups) {
    this.#client = client;
    this.#lookups = lookups;
  }

  /**
   * One after the other, and then a look: Keycloak writes a user's whole row on each change, so that a change that runs
   * beside the disable (a login, a verified address, our own log-out) can write `enabled: true` back. Measured on 26.7.4:
   * of 360 disables with a log-out beside them, 35 were lost without an error.
   */
  async disable(who: Who): Promise<Change> {
    return this.#insist(who, false, async () => {
      await this.#setEnabled(who, false);
      await this.logOut(who);
    });
  }

  /** Ends sessions first: whatever was opened before the account was closed must not come to life with it. */
  async enable(who: Who): Promise<Change> {
    return this.#insist(who, true, async () => {
      await this.logOut(who);
      await this.#setEnabled(who, true);
    });
  }

  async logOut({ realm, userId: id }: Who): Promise<Change> {
    await this.#client(realm).call('log out', (admin) => admin.users.logout({ id }));
    return 'changed';
  }

  /** Of several deletions at once Keycloak answers all but one with 500: then it looks whether the user is gone. */
  async delete(who: Who): Promise<Change> {
    const { realm, userId: id } = who;
    try {
      await this.#client(realm).call('delete user', (admin) => admin.users.del({ id }));
      return 'changed';
    } catch (error) {
      if (isServiceError(error, 'USER_GONE')) {
        return 'unchanged';
      }
      if (isServiceError(error, 'KEYCLOAK_UNAVAILABLE') && error.details['status'] === 500 && (await this.#isGone(who))) {
        return 'unchanged';
      }
      throw error;
    }
  }

  async joinGroup(who: Who, path: string): Promise<Change> {
    return this.#inGroup(who, path, 'join group', (groupId) =>
      this.#client(who.realm).call(`join group ${path}`, (admin) => admin.users.addToGroup({ id: who.userId, groupId })),
    );
  }

  async leaveGroup(who: Who, path: string): Promise<Change> {
    return this.#inGroup(who, path, 'leave group', (groupId) =>
      this.#client(who.realm).call(`leave group ${path}`, (admin) => admin.users.delFromGroup({ id: who.userId, groupId })),
    );
  }

  async grantRole(who: Who, ref: RoleRef): Promise<Change> {
    if ((await this.#assigned(who, ref)) !== undefined) {
      return 'unchanged';
    }
    const { id, name, clientUuid } = await this.#lookups(who.realm).grantableRole(who, ref);
    const roles = [{ id, name }];
    await this.#client(who.realm).call(`grant role ${ref.role}`, (admin) =>
      clientUuid === null
        ? admin.users.addRealmRoleMappings({ id: who.userId, roles })
        : admin.users.addClientRoleMappings({ id: who.userId, clientUniqueId: clientUuid, roles }),
    );
    return 'changed';
  }

  async revokeRole(who: Who, ref: RoleRef): Promise<Change> {
    const assigned = await this.#assigned(who, ref);
    if (assigned === undefined) {
      return 'unchanged';
    }
    const { id, name, clientUuid } = assigned;
    const roles = [{ id, name }];
    await this.#client(who.realm).call(`revoke role ${ref.role}`, (admin) =>
      clientUuid === null
        ? admin.users.delRealmRoleMappings({ id: who.userId, roles })
        : admin.users.delClientRoleMappings({ id: who.userId, clientUniqueId: clientUuid, roles }),
    );
    return 'changed';
  }

  /**
   * Attributes can only be written all together, and only with the rest of the profile, else Keycloak wipes e-mail and
   * names: read, merge, write, read back.
   * @throws ServiceError KEYCLOAK_REFUSED when the realm's user profile does not keep the attribute
   */
  async setAttribute({ realm, userId: id }: Who, name: string, values: readonly string[]): Promise<Change> {
    const client = this.#client(realm);
    const read = () => client.call('read user', (admin) => admin.users.findOne({ id }));
    const user = await read();
    if (user === undefined || user === null) {
      throw new ServiceError('USER_GONE', 'set attribute: no such user');
    }
    if (same(user.attributes?.[name], values)) {
      return 'unchanged';
    }
    const profile = Object.fromEntries(profileFields.flatMap((field) => (user[field] === undefined ? [] : [[field, user[field]]])));
    const attributes = { ...user.attributes, [name]: [...values] };
    await client.call('set attribute', (admin) => admin.users.update({ id }, { ...profile, attributes }));
    if (!same((await read())?.attributes?.[name], values)) {
      throw new ServiceError(
        'KEYCLOAK_REFUSED',
        `the user profile of realm ${realm} does not keep the attribute ${name}: declare it there, or allow unmanaged attributes`,
        { realm, attribute: name },
      );
    }
    return 'changed';
  }

  async addRequiredAction(who: Who, action: string): Promise<Change> {
    return this.#changeRequiredActions(who, (actions) => (actions.includes(action) ? actions : [...actions, action]));
  }

  async removeRequiredAction(who: Who, action: string): Promise<Change> {
    return this.#changeRequiredActions(who, (actions) => actions.filter((other) => other !== action));
  }

  /** `requiredActions` alone replaces the list and leaves the profile as it is. */
  async #changeRequiredActions(who: Who, change: (actions: string[]) => string[]): Promise<Change> {
    const { realm, userId: id } = who;
    const user = await this.#client(realm).call('read user', (admin) => admin.users.findOne({ id }));
    if (user === undefined || user === null) {
      throw new ServiceError('USER_GONE', 'required actions: no such user');
    }
    const before = user.requiredActions ?? [];
    const requiredActions = change(before);
    if (same(before, requiredActions)) {
      return 'unchanged';
    }
    await this.#client(realm).call('required actions', (admin) => admin.users.update({ id }, { requiredActions }));
    return 'changed';
  }

  async #insist(who: Who, enabled: boolean, act: () => Promise<void>): Promise<Change> {
    for (let attempt = 1; attempt <= 5; attempt++) {
      await act();
      if ((await this.#isEnabled(who)) === enabled) {
        return 'changed';
      }
    }
    throw new ServiceError('KEYCLOAK_UNAVAILABLE', 'something else changes the account back each time', { ...who });
  }

  async #setEnabled({ realm, userId: id }: Who, enabled: boolean): Promise<void> {
    await this.#client(realm).call(enabled ? 'enable user' : 'disable user', (admin) => admin.users.update({ id }, { enabled }));
  }

  async #isEnabled({ realm, userId: id }: Who): Promise<boolean> {
    const user = await this.#client(realm).call('read user', (admin) => admin.users.findOne({ id }));
    if (user === undefined || user === null) {
      throw new ServiceError('USER_GONE', 'disable user: no such user');
    }
    return user.enabled === true;
  }

  async #isGone({ realm, userId: id }: Who): Promise<boolean> {
    const user = await this.#client(realm).call('read user', (admin) => admin.users.findOne({ id }));
    return user === undefined || user === null;
  }

  async #inGroup(who: Who, path: string, what: string, act: (groupId: string) => Promise<unknown>): Promise<Change> {
    const lookups = this.#lookups(who.realm);
    try {
      await act(await lookups.groupId(path));
    } catch (error) {
      if (isServiceError(error, 'GROUP_MISSING')) {
        lookups.forgetGroup(path); // renamed or made anew: the next attempt looks it up again
        throw new ServiceError('GROUP_MISSING', `${what}: realm ${who.realm} has no group ${path}`, { cause: error, group: path });
      }
      throw error;
    }
    return 'changed';
  }

  async #assigned({ realm, userId: id }: Who, { client, role: name }: RoleRef): Promise<MappableRole | undefined> {
    const mappings = await this.#client(realm).call('role mappings', (admin) => admin.users.listRoleMappings({ id }));
    const ofClient = client === undefined ? undefined : mappings.clientMappings?.[client];
    const roles = client === undefined ? mappings.realmMappings : (ofClient?.mappings as { id?: string; name?: string }[] | undefined);
    const found = roles?.find((role) => role.name === name);
    return found?.id === undefined ? undefined : { id: found.id, name, clientUuid: client === undefined ? null : (ofClient?.id as string) };
  }
}

function same(left: readonly string[] | undefined, right: readonly string[]): boolean {
  return left?.length === right.length && left.every((item, index) => item === right[index]);
}
