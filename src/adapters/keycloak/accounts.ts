import { isServiceError, ServiceError } from '../../platform/errors.ts';
import type { UserRef } from '../../ingest/registration.ts';
import type { AccountChange, Accounts, Change } from '../../rules/steps/effects.ts';
import { type GateState, withGateState, withoutGate } from '../../rules/steps/gate.ts';
import type { RoleRef } from '../../rules/model.ts';
import type { Lookups } from './lookups.ts';
import type { RealmClient } from './realm-client.ts';
import { type KeycloakUser, readUser } from './user.ts';

const mostAttempts = 5;

/**
 * The changes of accounts, each with the smallest call there is. No change reads a user, edits it and writes it back
 * whole: that would undo what the person or an administrator changed in between.
 */
export class KeycloakAccounts implements Accounts {
  readonly #client: (realm: string) => RealmClient;
  readonly #lookups: (realm: string) => Lookups;

  constructor(client: (realm: string) => RealmClient, lookups: (realm: string) => Lookups) {
    this.#client = client;
    this.#lookups = lookups;
  }

  apply(who: UserRef, change: AccountChange): Promise<Change> {
    switch (change.kind) {
      case 'disable':
        return this.#disable(who);
      case 'enable':
        return this.#enable(who);
      case 'log-out':
        return this.#logOut(who);
      case 'delete':
        return this.#delete(who);
      case 'join-group':
      case 'leave-group':
        return this.#changeGroup(who, change.kind, change.path);
      case 'grant-role':
      case 'revoke-role':
        return this.#changeRole(who, change.kind, change.role);
      case 'set-attribute':
        return this.#setAttribute(who, change.name, change.values);
      case 'add-required-action':
        return this.#changeRequiredActions(who, (actions) =>
          actions.includes(change.action) ? actions : [...actions, change.action],
        );
      case 'remove-required-action':
        return this.#changeRequiredActions(who, (actions) => actions.filter((action) => action !== change.action));
      case 'set-gate-state':
        return this.#setGateState(who, change.state, change.until);
      case 'open-gate':
        return this.#changeRequiredActions(who, withoutGate);
    }
  }

  /**
   * First the disable, then the log-out, then a look. The log-out comes after the disable, because a log-out before it
   * leaves a moment in which a new session can be opened. The look has two reasons. Keycloak writes a user's whole row
   * on each change, so that a change that runs beside the disable (a login, a verified address, our own log-out) can
   * write `enabled: true` back. Measured on 26.7.4: of 360 disables with a log-out beside them, 35 were lost without an
   * error. And a login that Keycloak began before the disable can open its session after the log-out.
   */
  async #disable(who: UserRef): Promise<Change> {
    const isOut = async () => {
      const [{ enabled }, sessions] = await Promise.all([this.#read(who), this.#sessions(who)]);
      return !enabled && sessions === 0;
    };
    return this.#insist(who, isOut, async () => {
      await this.#update(who, 'disable user', { enabled: false });
      await this.#logOut(who);
    });
  }

  /** Ends sessions first: a session that was opened before the account was disabled must not come to life with it. */
  async #enable(who: UserRef): Promise<Change> {
    if ((await this.#read(who)).enabled) {
      return 'unchanged';
    }
    const isEnabled = async () => (await this.#read(who)).enabled;
    return this.#insist(who, isEnabled, async () => {
      await this.#logOut(who);
      await this.#update(who, 'enable user', { enabled: true });
    });
  }

  async #logOut({ realm, userId: id }: UserRef): Promise<Change> {
    await this.#client(realm).call('log out', (admin) => admin.users.logout({ id }));
    return 'changed';
  }

  /**
   * Of several deletions at once Keycloak answers all but one with 500, or with a 400 that names no fault of the call.
   * After either this looks whether the user is gone.
   */
  async #delete(who: UserRef): Promise<Change> {
    const { realm, userId: id } = who;
    try {
      await this.#client(realm).call('delete user', (admin) => admin.users.del({ id }));
      return 'changed';
    } catch (error) {
      const unclear =
        isServiceError(error, 'KEYCLOAK_UNAVAILABLE') && [400, 500].includes(Number(error.details['status']));
      if (isServiceError(error, 'USER_GONE') || (unclear && (await this.#isGone(who)))) {
        return 'unchanged';
      }
      throw error;
    }
  }

  async #changeGroup({ realm, userId: id }: UserRef, kind: 'join-group' | 'leave-group', path: string) {
    await this.#lookups(realm).withGroup(path, (groupId) =>
      this.#client(realm).call(`${kind} ${path}`, ({ users }) =>
        kind === 'join-group' ? users.addToGroup({ id, groupId }) : users.delFromGroup({ id, groupId }),
      ),
    );
    return 'changed' as const;
  }

  async #changeRole({ realm, userId: id }: UserRef, kind: 'grant-role' | 'revoke-role', ref: RoleRef) {
    await this.#lookups(realm).withRole(ref, ({ clientUuid, ...role }) =>
      this.#client(realm).call(`${kind} ${ref.role}`, ({ users }) => {
        if (clientUuid === null) {
          const roles = { id, roles: [role] };
          return kind === 'grant-role' ? users.addRealmRoleMappings(roles) : users.delRealmRoleMappings(roles);
        }
        const roles = { id, clientUniqueId: clientUuid, roles: [role] };
        return kind === 'grant-role' ? users.addClientRoleMappings(roles) : users.delClientRoleMappings(roles);
      }),
    );
    return 'changed' as const;
  }

  /**
   * Attributes can only be written all together, and only with the rest of the profile; else Keycloak wipes e-mail and
   * names. So this reads, merges, writes and reads back. The address and whether it is verified are written together,
   * both from the same read. Else an address that nobody verified would count as verified when the person changed it in
   * between. What somebody changes in the milliseconds between read and write is lost: the person verifies, or changes,
   * once more.
   * @throws ServiceError KEYCLOAK_REFUSED when the realm's user profile does not keep the attribute
   */
  async #setAttribute(who: UserRef, name: string, values: readonly string[]): Promise<Change> {
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

  #setGateState(who: UserRef, state: GateState, until?: number): Promise<Change> {
    return this.#changeRequiredActions(who, (actions, { createdTimestamp: createdAt }) =>
      withGateState(actions, state, until === undefined ? null : { createdAt, until }),
    );
  }

  /** `requiredActions` alone replaces the list and leaves the profile as it is. */
  async #changeRequiredActions(
    who: UserRef,
    change: (actions: readonly string[], user: KeycloakUser) => readonly string[],
  ): Promise<Change> {
    const user = await this.#read(who);
    const before = user.requiredActions;
    const requiredActions = change(before, user);
    // Keycloak keeps a set, and answers it in an order of its own.
    if (same(before.toSorted(), requiredActions.toSorted())) {
      return 'unchanged';
    }
    await this.#update(who, 'required actions', { requiredActions: [...requiredActions] });
    return 'changed';
  }

  /** Repeats `act` until a look afterwards finds that it held. */
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
