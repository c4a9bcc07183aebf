import { isServiceError, ServiceError } from '../../platform/errors.ts';
import type { UserRef } from '../../ingest/registration.ts';
import type { Accounts, Change } from '../../rules/steps/effects.ts';
import { type GateState, withGateState } from '../../rules/steps/gate.ts';
import type { RoleRef } from '../../rules/model.ts';
import type { Lookups } from './lookups.ts';
import type { RealmClient } from './realm-client.ts';
import { type KeycloakUser, readUser } from './user.ts';

const mostAttempts = 5;

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
   * One after the other, and then a look. After, because a log-out before the disable leaves a moment in which a new
   * session can be opened. A look, for two reasons. Keycloak writes a user's whole row on each change, so that a change
   * that runs beside the disable (a login, a verified address, our own log-out) can write `enabled: true` back. Measured
   * on 26.7.4: of 360 disables with a log-out beside them, 35 were lost without an error. And a login that Keycloak began
   * before the disable can open its session after the log-out.
   */
  async disable(who: UserRef): Promise<Change> {
    const isOut = async () => {
      const [{ enabled }, sessions] = await Promise.all([this.#read(who), this.#sessions(who)]);
      return !enabled && sessions === 0;
    };
    return this.#insist(who, isOut, async () => {
      await this.#update(who, 'disable user', { enabled: false });
      await this.logOut(who);
    });
  }

  /** Ends sessions first: whatever was opened before the account was closed must not come to life with it. */
  async enable(who: UserRef): Promise<Change> {
    if ((await this.#read(who)).enabled) {
      return 'unchanged';
    }
    const isEnabled = async () => (await this.#read(who)).enabled;
    return this.#insist(who, isEnabled, async () => {
      await this.logOut(who);
      await this.#update(who, 'enable user', { enabled: true });
    });
  }

  async logOut({ realm, userId: id }: UserRef): Promise<Change> {
    await this.#client(realm).call('log out', (admin) => admin.users.logout({ id }));
    return 'changed';
  }

  /** Of several deletions at once Keycloak answers all but one with 500: then it looks whether the user is gone. */
  async delete(who: UserRef): Promise<Change> {
    const { realm, userId: id } = who;
    try {
      await this.#client(realm).call('delete user', (admin) => admin.users.del({ id }));
      return 'changed';
    } catch (error) {
      const unclear = isServiceError(error, 'KEYCLOAK_UNAVAILABLE') && error.details['status'] === 500;
      if (isServiceError(error, 'USER_GONE') || (unclear && (await this.#isGone(who)))) {
        return 'unchanged';
      }
      throw error;
    }
  }

  async joinGroup({ realm, userId: id }: UserRef, path: string): Promise<Change> {
    await this.#lookups(realm).withGroup(path, (groupId) =>
      this.#client(realm).call(`join group ${path}`, (admin) => admin.users.addToGroup({ id, groupId })),
    );
    return 'changed';
  }

  async leaveGroup({ realm, userId: id }: UserRef, path: string): Promise<Change> {
    await this.#lookups(realm).withGroup(path, (groupId) =>
      this.#client(realm).call(`leave group ${path}`, (admin) => admin.users.delFromGroup({ id, groupId })),
    );
    return 'changed';
  }

  async grantRole({ realm, userId: id }: UserRef, ref: RoleRef): Promise<Change> {
    await this.#lookups(realm).withRole(ref, ({ clientUuid, ...role }) =>
      this.#client(realm).call(`grant role ${ref.role}`, (admin) =>
        clientUuid === null
          ? admin.users.addRealmRoleMappings({ id, roles: [role] })
          : admin.users.addClientRoleMappings({ id, clientUniqueId: clientUuid, roles: [role] }),
      ),
    );
    return 'changed';
  }

  async revokeRole({ realm, userId: id }: UserRef, ref: RoleRef): Promise<Change> {
    await this.#lookups(realm).withRole(ref, ({ clientUuid, ...role }) =>
      this.#client(realm).call(`revoke role ${ref.role}`, (admin) =>
        clientUuid === null
          ? admin.users.delRealmRoleMappings({ id, roles: [role] })
          : admin.users.delClientRoleMappings({ id, clientUniqueId: clientUuid, roles: [role] }),
      ),
    );
    return 'changed';
  }

  /**
   * Attributes can only be written all together, and only with the rest of the profile, else Keycloak wipes e-mail and
   * names: read, merge, write, read back. The address is written with whether it is verified, both of one read: else an
   * address that nobody verified would count as verified when the person changed it in between. What is changed within the
   * milliseconds between read and write is lost all the same: the person verifies, or changes, once more.
   * @throws ServiceError KEYCLOAK_REFUSED when the realm's user profile does not keep the attribute
   */
  async setAttribute(who: UserRef, name: string, values: readonly string[]): Promise<Change> {
    const user = await this.#read(who);
    if (same(user.attributes[name] ?? [], values)) {
      return 'unchanged';
    }
    const { username, email, emailVerified, firstName, lastName } = user;
    await this.#update(who, 'set attribute', {
      username,
      email,
      emailVerified,
      firstName,
      lastName,
      attributes: { ...user.attributes, [name]: [...values] },
    });
    if (!same((await this.#read(who)).attributes[name] ?? [], values)) {
      throw new ServiceError(
        'KEYCLOAK_REFUSED',
        `the user profile of realm ${who.realm} does not keep the attribute ${name}: declare it there, or allow unmanaged attributes`,
        { realm: who.realm, attribute: name },
      );
    }
    return 'changed';
  }

  async addRequiredAction(who: UserRef, action: string): Promise<Change> {
    return this.#changeRequiredActions(who, (actions) => (actions.includes(action) ? actions : [...actions, action]));
  }

  async removeRequiredAction(who: UserRef, action: string): Promise<Change> {
    return this.#changeRequiredActions(who, (actions) => actions.filter((other) => other !== action));
  }

  async tellAtGate(who: UserRef, standing: GateState | null): Promise<Change> {
    return this.#changeRequiredActions(who, (actions) => withGateState(actions, standing));
  }

  /** `requiredActions` alone replaces the list and leaves the profile as it is. */
  async #changeRequiredActions(
    who: UserRef,
    change: (actions: readonly string[]) => readonly string[],
  ): Promise<Change> {
    const before = (await this.#read(who)).requiredActions;
    const requiredActions = change(before);
    if (same(before, requiredActions)) {
      return 'unchanged';
    }
    await this.#update(who, 'required actions', { requiredActions: [...requiredActions] });
    return 'changed';
  }

  /** Acts until a look afterwards finds that it held. */
  async #insist(who: UserRef, holds: () => Promise<boolean>, act: () => Promise<void>): Promise<Change> {
    for (let attempt = 1; attempt <= mostAttempts; attempt++) {
      await act();
      if (await holds()) {
        return 'changed';
      }
    }
    throw new ServiceError('KEYCLOAK_UNAVAILABLE', 'something else changes the account back each time', { ...who });
  }

  async #update({ realm, userId: id }: UserRef, name: string, change: object): Promise<void> {
    await this.#client(realm).call(name, (admin) => admin.users.update({ id }, change));
  }

  #read(who: UserRef): Promise<KeycloakUser> {
    return readUser(this.#client(who.realm), who);
  }

  async #sessions({ realm, userId: id }: UserRef): Promise<number> {
    const sessions = await this.#client(realm).call('list sessions', (admin) => admin.users.listSessions({ id }));
    return sessions.length;
  }

  async #isGone(who: UserRef): Promise<boolean> {
    try {
      await this.#read(who);
      return false;
    } catch (error) {
      if (isServiceError(error, 'USER_GONE')) {
        return true;
      }
      throw error;
    }
  }
}

function same(left: readonly string[], right: readonly string[]): boolean {
  return left.length === right.length && left.every((item, index) => item === right[index]);
}
