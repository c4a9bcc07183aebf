import { describe, expect, it } from '@jest/globals';

import { day, setup } from '../fakes/deadlines.ts';
import { mia, registeredAt } from '../fakes/registrations.ts';

describe('src/approvals/gone', () => {
  it('closes an approval whose account was deleted by its owner', async () => {
    const { run, accounts, audit, current } = await setup({ now: registeredAt + day });
    await accounts.apply(mia, { kind: 'delete' });
    await expect(run({ kind: 'account-deleted', realm: 'acme', userId: mia.userId })).resolves.toBe('1 obsolete');
    expect(await current()).toMatchObject({ state: 'obsolete', settled: true });
    expect(audit.kinds).toEqual(['obsolete']);
  });

  it('leaves an approval alone whose account is there, whatever an event says', async () => {
    const { run, audit, current } = await setup({ now: registeredAt + day });
    await expect(run({ kind: 'account-deleted', realm: 'acme', userId: mia.userId })).resolves.toBe('still-there');
    expect(await current()).toMatchObject({ state: 'waiting' });
    expect(audit.entries).toEqual([]);
  });

  it('takes nobody for deleted who may only be invisible yet', async () => {
    const { run, accounts, current } = await setup({ now: registeredAt + 59_000 });
    await accounts.apply(mia, { kind: 'delete' });
    await expect(run({ kind: 'account-deleted', realm: 'acme', userId: mia.userId })).rejects.toMatchObject({
      code: 'USER_NOT_YET_VISIBLE',
    });
    expect(await current()).toMatchObject({ state: 'waiting' });
  });

  it('changes no approval that was decided after the list was read', async () => {
    const asked = { state: 'rejected', settled: true } as const;
    const { run, accounts, approvals, approval, audit, current } = await setup({ now: registeredAt + day, asked });
    await accounts.apply(mia, { kind: 'delete' });
    approvals.ofUser = () => Promise.resolve([approval.id, 'gone']);
    await expect(run({ kind: 'account-deleted', realm: 'acme', userId: mia.userId })).resolves.toBe('0 obsolete');
    expect(await current()).toEqual(approval);
    expect(audit.entries).toEqual([]);
  });
});
