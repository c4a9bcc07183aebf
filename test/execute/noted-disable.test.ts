import { describe, expect, it } from '@jest/globals';

import { notingDisables, takingBack } from '../../src/execute/noted-disable.ts';
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

  describe('what is disabled after the decision', () => {
    async function letGo() {
      const { lockouts } = await setup();
      await lockouts.letGo(mia);
      const accounts = new FakeAccounts();
      accounts.add(mia.userId);
      return { lockouts, accounts, later: takingBack(accounts, lockouts) };
    }

    it('stays disabled: the undoing of an early disable finds nothing to undo', async () => {
      const { lockouts, accounts, later } = await letGo();
      await expect(later.apply(mia, { kind: 'disable' })).resolves.toBe('changed');
      expect(accounts.user(mia.userId)).toMatchObject({ enabled: false });
      expect(await lockouts.wasLetGo(mia)).toBe(false);
    });

    it('also if the process dies before it hears that the account is disabled', async () => {
      const { lockouts, accounts, later } = await letGo();
      accounts.failures.push({ call: 'disable', error: new Error('no answer'), applied: true });
      await expect(later.apply(mia, { kind: 'disable' })).rejects.toThrow('no answer');
      expect(await lockouts.wasLetGo(mia)).toBe(false);
    });

    it('is no other change: whom the decision let go stays let go', async () => {
      const { lockouts, accounts, later } = await letGo();
      await expect(later.apply(mia, { kind: 'join-group', path: '/partners' })).resolves.toBe('changed');
      expect(accounts.user(mia.userId)).toMatchObject({ groups: ['/partners'] });
      expect(await lockouts.wasLetGo(mia)).toBe(true);
    });
  });
});
