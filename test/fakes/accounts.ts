import { ServiceError } from '../../src/platform/errors.ts';
import type { UserRef } from '../../src/ingest/registration.ts';
import type { AccountChange, Accounts, Change } from '../../src/rules/steps/effects.ts';
import { withGateState, withoutGate } from '../../src/rules/steps/gate.ts';
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
  /** Changes in order, as `kind` or `kind:operand`. */
  readonly calls: string[] = [];
  /** Makes the next change of that name throw, before or after it took effect. */
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

  async apply(who: UserRef, change: AccountChange): Promise<Change> {
    return this.#call(nameOf(change), () => {
      const user = this.#users.get(who.userId);
      if (change.kind === 'delete') {
        return this.#users.delete(who.userId) ? 'changed' : 'unchanged';
      }
      if (user === undefined) {
        throw new ServiceError('USER_GONE', 'no such user');
      }
      const after = { ...user, ...changed(user, change) };
      this.#users.set(who.userId, after);
      return JSON.stringify(after) === JSON.stringify(user) && !untold.has(change.kind) ? 'unchanged' : 'changed';
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

/** Of these Keycloak does not say whether it was so already. */
const untold: ReadonlySet<AccountChange['kind']> = new Set([
  'disable',
  'log-out',
  'join-group',
  'leave-group',
  'grant-role',
  'revoke-role',
]);

function changed(user: FakeUser, change: Exclude<AccountChange, { kind: 'delete' }>): Partial<FakeUser> {
  switch (change.kind) {
    case 'disable':
      return { enabled: false, sessions: 0 };
    case 'enable':
      return { enabled: true, sessions: user.enabled ? user.sessions : 0 };
    case 'log-out':
      return { sessions: 0 };
    case 'join-group':
      return { groups: plus(user.groups, change.path) };
    case 'leave-group':
      return { groups: minus(user.groups, change.path) };
    case 'grant-role':
      return { roles: plus(user.roles, name(change.role)) };
    case 'revoke-role':
      return { roles: minus(user.roles, name(change.role)) };
    case 'set-attribute':
      return { attributes: { ...user.attributes, [change.name]: change.values } };
    case 'add-required-action':
      return { requiredActions: plus(user.requiredActions, change.action) };
    case 'remove-required-action':
      return { requiredActions: minus(user.requiredActions, change.action) };
    case 'set-gate-state':
      return {
        requiredActions: withGateState(
          user.requiredActions,
          change.state,
          change.until === undefined ? null : { createdAt: user.createdAt, until: change.until },
        ),
      };
    case 'open-gate':
      return { requiredActions: withoutGate(user.requiredActions) };
  }
}

/** `disable`, `join-group:/partners`, `grant-role:blog/member` */
function nameOf(change: AccountChange): string {
  switch (change.kind) {
    case 'join-group':
    case 'leave-group':
      return `${change.kind}:${change.path}`;
    case 'grant-role':
    case 'revoke-role':
      return `${change.kind}:${name(change.role)}`;
    case 'set-attribute':
      return `${change.kind}:${change.name}`;
    case 'add-required-action':
    case 'remove-required-action':
      return `${change.kind}:${change.action}`;
    case 'set-gate-state':
      return `${change.kind}:${change.state}`;
    default:
      return change.kind;
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
