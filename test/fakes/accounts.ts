import { ServiceError } from '../../src/platform/errors.ts';
import type { UserRef } from '../../src/ingest/registration.ts';
import type { Accounts, Change } from '../../src/rules/steps/effects.ts';
import { type GateState, withGateState } from '../../src/rules/steps/gate.ts';
import type { RoleRef } from '../../src/rules/model.ts';
import type { UserFacts } from '../../src/ingest/user.ts';

export interface FakeUser extends UserFacts {
  readonly groups: readonly string[];
  readonly roles: readonly string[];
  readonly requiredActions: readonly string[];
  readonly sessions: number;
}

/** A Keycloak with one realm in memory: it holds state, so tests assert on what became of a user. */
export class FakeAccounts implements Accounts {
  readonly #users = new Map<string, FakeUser>();
  /** Calls in order, as `name` or `name:operand`. */
  readonly calls: string[] = [];
  /** Makes the next call of that name throw, before or after it took effect. */
  readonly failures: { call: string; error: Error; applied: boolean }[] = [];

  add(userId: string, user: Partial<FakeUser> = {}): void {
    const bare = {
      firstName: null,
      lastName: null,
      groups: [],
      roles: [],
      requiredActions: [],
      sessions: 1,
      attributes: {},
      locale: null,
    };
    const facts = { username: 'mia', email: 'mia@example.test', emailVerified: false, enabled: true, createdAt: 0 };
    this.#users.set(userId, { ...bare, ...facts, ...user });
  }

  user(userId: string): FakeUser | undefined {
    return this.#users.get(userId);
  }

  read = (who: UserRef): Promise<UserFacts | null> => Promise.resolve(this.#users.get(who.userId) ?? null);

  requiredActions = async (who: UserRef) => this.#users.get(who.userId)?.requiredActions ?? [];
  groups = async (who: UserRef) => this.#users.get(who.userId)?.groups ?? [];
  holdsRole = async (who: UserRef, role: RoleRef) => this.#users.get(who.userId)?.roles.includes(name(role)) ?? false;

  disable = (who: UserRef) => this.#always('disable', who, () => ({ enabled: false, sessions: 0 }));
  enable = (who: UserRef) =>
    this.#change('enable', who, ({ enabled, sessions }) => ({ enabled: true, sessions: enabled ? sessions : 0 }));
  logOut = (who: UserRef) => this.#always('logOut', who, () => ({ sessions: 0 }));
  joinGroup = (who: UserRef, path: string) =>
    this.#always(`joinGroup:${path}`, who, (user) => ({ groups: plus(user.groups, path) }));
  leaveGroup = (who: UserRef, path: string) =>
    this.#always(`leaveGroup:${path}`, who, (user) => ({ groups: minus(user.groups, path) }));
  grantRole = (who: UserRef, role: RoleRef) =>
    this.#always(`grantRole:${name(role)}`, who, (user) => ({ roles: plus(user.roles, name(role)) }));
  revokeRole = (who: UserRef, role: RoleRef) =>
    this.#always(`revokeRole:${name(role)}`, who, (user) => ({ roles: minus(user.roles, name(role)) }));
  setAttribute = (who: UserRef, key: string, values: readonly string[]) =>
    this.#change(`setAttribute:${key}`, who, (user) => ({ attributes: { ...user.attributes, [key]: values } }));
  addRequiredAction = (who: UserRef, action: string) =>
    this.#change(`addRequiredAction:${action}`, who, (user) => ({
      requiredActions: plus(user.requiredActions, action),
    }));
  removeRequiredAction = (who: UserRef, action: string) =>
    this.#change(`removeRequiredAction:${action}`, who, (user) => ({
      requiredActions: minus(user.requiredActions, action),
    }));

  tellAtGate = (who: UserRef, standing: GateState | null) =>
    this.#change(`tellAtGate:${standing}`, who, (user) => ({
      requiredActions: withGateState(user.requiredActions, standing),
    }));

  async delete(who: UserRef): Promise<Change> {
    const { userId } = who;
    return this.#call('delete', () => (this.#users.delete(userId) ? 'changed' : 'unchanged'));
  }

  /** Of these Keycloak does not tell whether it was so already. */
  async #always(call: string, who: UserRef, next: (user: FakeUser) => Partial<FakeUser>): Promise<Change> {
    await this.#change(call, who, next);
    return 'changed';
  }

  async #change(call: string, who: UserRef, next: (user: FakeUser) => Partial<FakeUser>): Promise<Change> {
    return this.#call(call, () => {
      const user = this.#users.get(who.userId);
      if (user === undefined) {
        throw new ServiceError('USER_GONE', 'no such user');
      }
      const after = { ...user, ...next(user) };
      this.#users.set(who.userId, after);
      return JSON.stringify(after) === JSON.stringify(user) ? 'unchanged' : 'changed';
    });
  }

  async #call(call: string, take: () => Change): Promise<Change> {
    this.calls.push(call);
    const index = this.failures.findIndex((failure) => failure.call === call);
    const [failure] = index < 0 ? [] : this.failures.splice(index, 1);
    if (failure !== undefined && !failure.applied) {
      throw failure.error;
    }
    const change = take();
    if (failure !== undefined) {
      throw failure.error;
    }
    return change;
  }
}

function name({ client, role }: RoleRef): string {
  return client === undefined ? role : `${client}/${role}`;
}

function plus(list: readonly string[], item: string): readonly string[] {
  return list.includes(item) ? list : [...list, item];
}

function minus(list: readonly string[], item: string): readonly string[] {
  return list.filter((other) => other !== item);
}
