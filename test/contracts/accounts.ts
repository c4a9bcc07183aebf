import { expect, it } from '@jest/globals';

import type { UserRef } from '../../src/ingest/registration.ts';
import type { Accounts } from '../../src/rules/steps/effects.ts';

export interface AccountsUnderTest {
  readonly accounts: Accounts;
  /** Somebody who just registered, and has one session. */
  readonly registered: () => Promise<UserRef>;
  readonly stateOf: (who: UserRef) => Promise<AccountState | null>;
  /** Nobody has this id. */
  readonly nobody: UserRef;
}

export interface AccountState {
  readonly enabled: boolean;
  readonly sessions: number;
  readonly groups: readonly string[];
  /** Of the client `blog`. */
  readonly roles: readonly string[];
  readonly requiredActions: readonly string[];
}

const member = { client: 'blog', role: 'member' };

/** What every kind of accounts does, Keycloak's and the tests' own. There are the group `/readers` and the role `member`. */
export function accountsContract(given: () => AccountsUnderTest): void {
  it('disables: no session is left, and once more is as good', async () => {
    const { accounts, registered, stateOf } = given();
    const who = await registered();
    expect(await stateOf(who)).toMatchObject({ enabled: true, sessions: 1 });
    expect(await accounts.disable(who)).toBe('changed');
    expect(await accounts.disable(who)).toBe('changed');
    expect(await stateOf(who)).toMatchObject({ enabled: false, sessions: 0 });
  });

  it('enables who was disabled; leaves who is enabled and their session alone', async () => {
    const { accounts, registered, stateOf } = given();
    const who = await registered();
    expect(await accounts.enable(who)).toBe('unchanged');
    expect(await stateOf(who)).toMatchObject({ enabled: true, sessions: 1 });
    await accounts.disable(who);
    expect(await accounts.enable(who)).toBe('changed');
    expect(await stateOf(who)).toMatchObject({ enabled: true, sessions: 0 });
  });

  it('ends sessions, and leaves the account as it is', async () => {
    const { accounts, registered, stateOf } = given();
    const who = await registered();
    expect(await accounts.logOut(who)).toBe('changed');
    expect(await stateOf(who)).toMatchObject({ enabled: true, sessions: 0 });
  });

  it('joins a group and leaves it; the answer does not tell whether it was so already', async () => {
    const { accounts, registered, stateOf } = given();
    const who = await registered();
    expect(await accounts.joinGroup(who, '/readers')).toBe('changed');
    expect(await accounts.joinGroup(who, '/readers')).toBe('changed');
    expect(await stateOf(who)).toMatchObject({ groups: ['/readers'] });
    expect(await accounts.leaveGroup(who, '/readers')).toBe('changed');
    expect(await accounts.leaveGroup(who, '/readers')).toBe('changed');
    expect(await stateOf(who)).toMatchObject({ groups: [] });
  });

  it('grants a role and takes it; the answer does not tell whether it was so already', async () => {
    const { accounts, registered, stateOf } = given();
    const who = await registered();
    expect(await accounts.grantRole(who, member)).toBe('changed');
    expect(await accounts.grantRole(who, member)).toBe('changed');
    expect(await stateOf(who)).toMatchObject({ roles: ['member'] });
    expect(await accounts.revokeRole(who, member)).toBe('changed');
    expect(await accounts.revokeRole(who, member)).toBe('changed');
    expect(await stateOf(who)).toMatchObject({ roles: [] });
  });

  it('adds a required action once, and takes it away once', async () => {
    const { accounts, registered, stateOf } = given();
    const who = await registered();
    expect(await accounts.addRequiredAction(who, 'UPDATE_PASSWORD')).toBe('changed');
    expect(await accounts.addRequiredAction(who, 'UPDATE_PASSWORD')).toBe('unchanged');
    expect(await stateOf(who)).toMatchObject({ requiredActions: ['UPDATE_PASSWORD'] });
    expect(await accounts.removeRequiredAction(who, 'UPDATE_PASSWORD')).toBe('changed');
    expect(await accounts.removeRequiredAction(who, 'UPDATE_PASSWORD')).toBe('unchanged');
    expect(await stateOf(who)).toMatchObject({ requiredActions: [] });
  });

  it('deletes once', async () => {
    const { accounts, registered, stateOf } = given();
    const who = await registered();
    expect(await accounts.delete(who)).toBe('changed');
    expect(await accounts.delete(who)).toBe('unchanged');
    expect(await stateOf(who)).toBeNull();
  });

  it.each<[string, (accounts: Accounts, who: UserRef) => Promise<unknown>]>([
    ['disable', (accounts, who) => accounts.disable(who)],
    ['enable', (accounts, who) => accounts.enable(who)],
    ['logOut', (accounts, who) => accounts.logOut(who)],
    ['joinGroup', (accounts, who) => accounts.joinGroup(who, '/readers')],
    ['grantRole', (accounts, who) => accounts.grantRole(who, member)],
    ['setAttribute', (accounts, who) => accounts.setAttribute(who, 'team', ['a'])],
    ['addRequiredAction', (accounts, who) => accounts.addRequiredAction(who, 'UPDATE_PASSWORD')],
  ])('%s says that a user is gone', async (_name, act) => {
    const { accounts, nobody } = given();
    await expect(act(accounts, nobody)).rejects.toMatchObject({ code: 'USER_GONE' });
  });
}
