import { describe, expect, it } from '@jest/globals';

import type { Approval } from '../../src/approvals/approval.ts';
import { ServiceError } from '../../src/platform/errors.ts';
import type { Step } from '../../src/rules/model.ts';
import { day, request, setup, waiting } from '../fakes/deadlines.ts';
import { mia, registeredAt } from '../fakes/registrations.ts';

describe('src/approvals/verification', () => {
  it('asks the approvers once the address is verified', async () => {
    const { run, jobs, current, approval } = await setup({ asked: waiting, user: { emailVerified: true } });
    await expect(run({ kind: 'email-verified', realm: 'acme', userId: mia.userId })).resolves.toBe('1 asked');
    await expect(run({ kind: 'look-for-verified' })).resolves.toBe('0 asked');
    const ask = { kind: 'approval-request', approvalId: approval.id, reminder: false, asking: 'ask' };
    expect(jobs.in('mail').map(({ data }) => data)).toEqual([
      { ...ask, approver: 0 },
      { ...ask, approver: 1 },
    ]);
    expect(await current()).toMatchObject({ state: 'waiting', waitFor: null });
  });

  it('tells a person who was asked to confirm the address that it is confirmed, once, and nobody else', async () => {
    const told = async (asked: Partial<Approval>) => {
      const { run, jobs } = await setup({ asked, user: { emailVerified: true } });
      await run({ kind: 'look-for-verified' });
      await run({ kind: 'email-verified', realm: 'acme', userId: mia.userId });
      return jobs.in('mail').flatMap(({ data }) => (data.kind === 'person' ? [data] : []));
    };
    expect(await told({ ...waiting, toldToVerify: true })).toEqual([
      expect.objectContaining({
        message: 'confirmed',
        approval: expect.any(String),
        to: { address: '', locale: 'de' },
      }),
    ]);
    expect(await told(waiting)).toEqual([]);
  });

  it('claims no confirmed address where the rule no longer waits for one', async () => {
    const then: Step[] = [{ uses: 'request-approval', with: { ...request, waitFor: null, hold: 'gate' }, after: null }];
    const { run, jobs } = await setup({ asked: { ...waiting, toldToVerify: true }, rules: [{ then }] });
    await run({ kind: 'look-for-verified' });
    expect(jobs.in('mail').map(({ data }) => data.kind)).toEqual(['approval-request', 'approval-request']);
  });

  it('notices a verified address also when no event says so', async () => {
    const { run, jobs } = await setup({ asked: waiting, user: { emailVerified: true } });
    await expect(run({ kind: 'look-for-verified' })).resolves.toBe('1 asked');
    expect(jobs.in('mail')).toHaveLength(2);
  });

  it.each<[string, Partial<Approval>]>([
    ['was decided', { ...waiting, state: 'rejected' }],
    ['was asked', { waitFor: null }],
  ])('asks nobody when the approval %s after the list was read', async (_, asked) => {
    const { run, approvals, approval, jobs, current } = await setup({ asked, user: { emailVerified: true } });
    approvals.unasked = () => Promise.resolve([approval.id, 'gone']);
    await expect(run({ kind: 'look-for-verified' })).resolves.toBe('0 asked');
    expect(jobs.in('mail')).toEqual([]);
    expect(await current()).toEqual(approval);
  });

  it('asks nobody about an account that is gone', async () => {
    const { run, accounts, jobs } = await setup({ asked: waiting });
    await accounts.apply(mia, { kind: 'delete' });
    await expect(run({ kind: 'look-for-verified' })).resolves.toBe('0 asked');
    expect(jobs.in('mail')).toEqual([]);
  });

  it('asks nobody on an event that comes before the address is verified, and everybody afterwards', async () => {
    const { run, jobs, accounts } = await setup({ asked: waiting });
    await run({ kind: 'email-verified', realm: 'acme', userId: mia.userId });
    expect(jobs.in('mail')).toEqual([]);
    accounts.add(mia.userId, { emailVerified: true });
    await run({ kind: 'look-for-verified' });
    expect(jobs.in('mail')).toHaveLength(2);
  });

  it('begins the time until the reminder when the approvers are asked', async () => {
    const asked = { now: registeredAt + 3 * day, asked: waiting, user: { emailVerified: true } };
    const { run, current, jobs } = await setup(asked);
    await run({ kind: 'sweep' });
    expect(jobs.in('mail')).toEqual([]);
    await run({ kind: 'look-for-verified' });
    expect(await current()).toMatchObject({ remindAt: registeredAt + 5 * day });
  });

  it.each([
    ['asks those who wait when their rule no longer waits', null, 2],
    ['goes on waiting while their rule does', 'email-verified', 0],
  ] as const)('%s', async (_, waitFor, mails) => {
    const then: Step[] = [{ uses: 'request-approval', with: { ...request, waitFor, hold: 'gate' }, after: null }];
    const { run, jobs } = await setup({ asked: waiting, rules: [{ then }] });
    await run({ kind: 'look-for-verified' });
    expect(jobs.in('mail')).toHaveLength(mails);
  });

  it('goes on waiting when the rule is gone', async () => {
    const { run, jobs } = await setup({ asked: waiting, rules: [{ name: 'another' }] });
    await run({ kind: 'look-for-verified' });
    expect(jobs.in('mail')).toEqual([]);
  });

  it('looks at everybody in turn, and one who cannot be read keeps nobody else waiting', async () => {
    const { run, jobs, approvals, approval, accounts } = await setup({ asked: waiting, user: { emailVerified: true } });
    const many = Array.from({ length: 600 }, (_, index) => `user-${index}`);
    for (const userId of many) {
      accounts.add(userId, { emailVerified: true });
      await approvals.open({ ...approval, id: userId, userId, revision: 1 });
    }
    const read = accounts.read;
    accounts.read = (who) =>
      who.userId === mia.userId ? Promise.reject(new ServiceError('KEYCLOAK_UNAVAILABLE', 'away')) : read(who);
    await expect(run({ kind: 'look-for-verified' })).rejects.toThrow('1 of');
    await expect(run({ kind: 'look-for-verified' })).rejects.toThrow('1 of');
    expect(new Set(jobs.in('mail').map(({ data }) => 'approvalId' in data && data.approvalId)).size).toBe(600);
  });

  it('leaves a realm that cannot be read until the next round, and looks at the others', async () => {
    const { run, jobs, approvals, approval, accounts } = await setup({ asked: waiting, user: { emailVerified: true } });
    for (let index = 0; index < 50; index++) {
      await approvals.open({ ...approval, id: `away-${index}`, realm: 'away', revision: 1 });
    }
    let failed = 0;
    const read = accounts.read;
    accounts.read = (who) =>
      who.realm === 'away' ? (failed++, Promise.reject(new ServiceError('KEYCLOAK_FORBIDDEN', 'no'))) : read(who);
    await expect(run({ kind: 'look-for-verified' })).rejects.toThrow('1 of 2');
    expect(jobs.in('mail')).toHaveLength(2);
    expect(failed).toBeLessThan(10);
  });
});
