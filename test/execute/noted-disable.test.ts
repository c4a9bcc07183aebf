import { describe, expect, it } from '@jest/globals';

import { notingDisables } from '../../src/execute/noted-disable.ts';
import { FakeAccounts } from '../fakes/accounts.ts';
import { FakeLockouts } from '../fakes/lockouts.ts';
import { mia } from '../fakes/registrations.ts';

async function setup() {
  const accounts = new FakeAccounts();
  accounts.add(mia.userId);
  const lockouts = new FakeLockouts();
  await lockouts.claim(mia);
  return { accounts: notingDisables(accounts, lockouts), lockouts };
}

describe('src/execute/noted-disable', () => {
  it('notes in the mark that the account is disabled, after it is', async () => {
    const { accounts, lockouts } = await setup();
    await expect(accounts.apply(mia, { kind: 'disable' })).resolves.toBe('changed');
    expect(await lockouts.mark(mia)).toMatchObject({ disabled: 'done' });
  });

  it('notes nothing if it could not be disabled, nor for another change', async () => {
    const { accounts, lockouts } = await setup();
    await accounts.apply(mia, { kind: 'log-out' });
    await expect(accounts.apply({ ...mia, userId: 'nobody' }, { kind: 'disable' })).rejects.toThrow();
    expect(await lockouts.mark(mia)).toMatchObject({ disabled: 'claimed' });
  });
});
