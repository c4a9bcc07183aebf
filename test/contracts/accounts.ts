import { expect, it } from '@jest/globals';

import type { UserRef } from '../../src/ingest/registration.ts';
import type { AccountChange, Accounts } from '../../src/rules/steps/effects.ts';

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
    expect(await accounts.apply(who, { kind: 'disable' })).toBe('changed');
    expect(await accounts.apply(who, { kind: 'disable' })).toBe('changed');
    expect(await stateOf(who)).toMatchObject({ enabled: false, sessions: 0 });
  });

  it('enables who was disabled; leaves who is enabled and their session alone', async () => {
    const { accounts, registered, stateOf } = given();
    const who = await registered();
    expect(await accounts.apply(who, { kind: 'enable' })).toBe('unchanged');
    expect(await stateOf(who)).toMatchObject({ enabled: true, sessions: 1 });
    await accounts.apply(who, { kind: 'disable' });
    expect(await accounts.apply(who, { kind: 'enable' })).toBe('changed');
    expect(await stateOf(who)).toMatchObject({ enabled: true, sessions: 0 });
  });

  it('ends sessions, and leaves the account as it is', async () => {
    const { accounts, registered, stateOf } = given();
    const who = await registered();
    expect(await accounts.apply(who, { kind: 'log-out' })).toBe('changed');
    expect(await stateOf(who)).toMatchObject({ enabled: true, sessions: 0 });
  });

  it('joins a group and leaves it; the answer does not tell whether it was so already', async () => {
    const { accounts, registered, stateOf } = given();
    const who = await registered();
    expect(await accounts.apply(who, { kind: 'join-group', path: '/readers' })).toBe('changed');
    expect(await accounts.apply(who, { kind: 'join-group', path: '/readers' })).toBe('changed');
    expect(await stateOf(who)).toMatchObject({ groups: ['/readers'] });
    expect(await accounts.apply(who, { kind: 'leave-group', path: '/readers' })).toBe('changed');
    expect(await accounts.apply(who, { kind: 'leave-group', path: '/readers' })).toBe('changed');
    expect(await stateOf(who)).toMatchObject({ groups: [] });
  });

  it('grants a role and takes it; the answer does not tell whether it was so already', async () => {
    const { accounts, registered, stateOf } = given();
    const who = await registered();
    expect(await accounts.apply(who, { kind: 'grant-role', role: member })).toBe('changed');
    expect(await accounts.apply(who, { kind: 'grant-role', role: member })).toBe('changed');
    expect(await stateOf(who)).toMatchObject({ roles: ['member'] });
    expect(await accounts.apply(who, { kind: 'revoke-role', role: member })).toBe('changed');
    expect(await accounts.apply(who, { kind: 'revoke-role', role: member })).toBe('changed');
    expect(await stateOf(who)).toMatchObject({ roles: [] });
  });

  it('opens the gate with all that its page said, and leaves other actions', async () => {
    const { accounts, registered, stateOf } = given();
    const who = await registered();
    expect(await accounts.apply(who, { kind: 'open-gate' })).toBe('unchanged');
    for (const action of ['vestibule-pending', 'vestibule-waiting', 'UPDATE_PASSWORD']) {
      await accounts.apply(who, { kind: 'add-required-action', action });
    }
    expect(await accounts.apply(who, { kind: 'open-gate' })).toBe('changed');
    expect(await stateOf(who)).toMatchObject({ requiredActions: ['UPDATE_PASSWORD'], enabled: true, sessions: 1 });
  });

  it('adds a required action once, and takes it away once', async () => {
    const { accounts, registered, stateOf } = given();
    const who = await registered();
    expect(await accounts.apply(who, { kind: 'add-required-action', action: 'UPDATE_PASSWORD' })).toBe('changed');
    expect(await accounts.apply(who, { kind: 'add-required-action', action: 'UPDATE_PASSWORD' })).toBe('unchanged');
    expect(await stateOf(who)).toMatchObject({ requiredActions: ['UPDATE_PASSWORD'] });
    expect(await accounts.apply(who, { kind: 'remove-required-action', action: 'UPDATE_PASSWORD' })).toBe('changed');
    expect(await accounts.apply(who, { kind: 'remove-required-action', action: 'UPDATE_PASSWORD' })).toBe('unchanged');
    expect(await stateOf(who)).toMatchObject({ requiredActions: [] });
  });

  it('deletes once', async () => {
    const { accounts, registered, stateOf } = given();
    const who = await registered();
    expect(await accounts.apply(who, { kind: 'delete' })).toBe('changed');
    expect(await accounts.apply(who, { kind: 'delete' })).toBe('unchanged');
    expect(await stateOf(who)).toBeNull();
  });

  it.each<AccountChange>([
    { kind: 'disable' },
    { kind: 'enable' },
    { kind: 'log-out' },
    { kind: 'join-group', path: '/readers' },
    { kind: 'grant-role', role: member },
    { kind: 'set-attribute', name: 'team', values: ['a'] },
    { kind: 'add-required-action', action: 'UPDATE_PASSWORD' },
  ])('$kind says that a user is gone', async (change) => {
    const { accounts, nobody } = given();
    await expect(accounts.apply(nobody, change)).rejects.toMatchObject({ code: 'USER_GONE' });
  });
}
