import { describe, expect, it } from '@jest/globals';

import type { Approval } from '../../src/approvals/approval.ts';
import { day, setup } from '../fakes/deadlines.ts';
import { registeredAt } from '../fakes/registrations.ts';

describe('src/approvals/sweep', () => {
  it('lets an approval expire when its time is up, not before', async () => {
    const early = await setup({ now: registeredAt + 7 * day - 1 });
    await early.run({ kind: 'sweep' });
    expect(await early.current()).toMatchObject({ state: 'waiting' });

    const late = await setup({ now: registeredAt + 7 * day });
    await late.run({ kind: 'sweep' });
    expect(await late.current()).toMatchObject({ state: 'expired', settled: false });
    expect(late.jobs.in('outcomes')).toHaveLength(1);
  });

  it('takes up an outcome that nobody carried out', async () => {
    const { run, jobs, approval } = await setup({
      now: registeredAt + 60_000,
      asked: { state: 'approved', decidedAt: registeredAt },
    });
    await run({ kind: 'sweep' });
    expect(jobs.in('outcomes').map(({ data }) => data.approvalId)).toEqual([approval.id]);
  });

  it('reminds those who have not voted, once, and not before it is time', async () => {
    const vote = {
      approver: 'desk@acme.com',
      verdict: 'approve',
      at: registeredAt,
      ip: null,
      userAgent: null,
    } as const;
    const early = await setup({ now: registeredAt + 2 * day - 1 });
    await early.run({ kind: 'sweep' });
    expect(early.jobs.in('mail')).toEqual([]);

    const { run, jobs, approval, current } = await setup({ now: registeredAt + 2 * day, asked: { votes: [vote] } });
    await run({ kind: 'sweep' });
    await run({ kind: 'sweep' });
    expect(jobs.in('mail').map(({ data }) => data)).toEqual([
      { kind: 'approval-request', approvalId: approval.id, approver: 1, reminder: true, asking: 'remind' },
    ]);
    expect(await current()).toMatchObject({ state: 'waiting', remindAt: null });
  });

  it.each<[string, Partial<Approval>, number]>([
    ['was decided', { state: 'approved' }, 2 * day],
    ['waits for the address', { waitFor: 'email-verified' }, 2 * day],
    ['is to be reminded later', {}, 2 * day - 1],
    ['was reminded', { remindAt: null }, 2 * day],
    ['expires at this moment', {}, 7 * day],
  ])('reminds nobody when the approval %s after the list was read', async (_, asked, time) => {
    const { run, approvals, approval, jobs } = await setup({ now: registeredAt + time, asked });
    approvals.remindable = () => Promise.resolve([approval.id, 'gone']);
    approvals.due = () => Promise.resolve([]);
    await run({ kind: 'sweep' });
    expect(jobs.in('mail')).toEqual([]);
  });

  it.each<[string, Partial<Approval>]>([
    ['was settled', { state: 'approved', settled: true }],
    ['is to expire later', {}],
  ])('changes nothing about an approval that %s after the list was read', async (_, asked) => {
    const { run, approvals, approval, jobs, current } = await setup({ asked });
    approvals.due = () => Promise.resolve([approval.id, 'gone']);
    await run({ kind: 'sweep' });
    expect(jobs.in('outcomes')).toEqual([]);
    expect(await current()).toEqual(approval);
  });

  it('handles each approval of a sweep though one of them fails', async () => {
    const { run, approvals, approval } = await setup({ now: registeredAt + 7 * day });
    for (let index = 0; index < 600; index++) {
      await approvals.open({ ...approval, id: `a-${index}`, revision: 1 });
    }
    const get = approvals.get.bind(approvals);
    approvals.get = (id) => (id === 'a-7' ? Promise.reject(new Error('unreadable')) : get(id));
    await expect(run({ kind: 'sweep' })).rejects.toThrow('unreadable');
    await expect(run({ kind: 'sweep' })).rejects.toThrow('unreadable');
    expect(approvals.all.filter(({ state }) => state === 'waiting').map(({ id }) => id)).toEqual(['a-7']);
  });
});
