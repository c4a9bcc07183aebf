import { expect, it } from '@jest/globals';

import type { Approval, ApprovalStore } from '../../src/approvals/approval.ts';
import { asked } from '../fakes/stored-approvals.ts';

const day = 86_400_000;

/** What every approval store does, the real one and the tests' own. @param store one that is empty */
export function approvalStoreContract(store: () => ApprovalStore): void {
  it('opens an approval once, and gives back what was opened', async () => {
    const approval = asked();
    expect(await store().open(approval)).toBe(true);
    expect(await store().open({ ...approval, application: 'another' })).toBe(false);
    expect(await store().get(approval.id)).toEqual(approval);
    expect(await store().see(approval.id)).toEqual({ approval, recorded: true });
  });

  it('knows nothing of an approval that nobody opened', async () => {
    const approval = asked();
    expect(await store().get(approval.id)).toBeNull();
    expect(await store().see(approval.id)).toBeNull();
    expect(await store().replace(decided(approval))).toBe(false);
    expect(await store().get(approval.id)).toBeNull();
  });

  it('takes exactly one of several changes of the same revision', async () => {
    const approval = asked();
    await store().open(approval);
    const changes = Array.from({ length: 10 }, (_, index) => decided(approval, { decidedAt: index }));
    const won = await Promise.all(changes.map((change) => store().replace(change)));
    expect(won.filter(Boolean)).toHaveLength(1);
    expect(await store().get(approval.id)).toEqual(changes[won.indexOf(true)]);
  });

  it('refuses a change that skips a revision, or repeats one', async () => {
    const approval = asked();
    await store().open(approval);
    expect(await store().replace(decided(approval, { revision: 3 }))).toBe(false);
    expect(await store().replace(approval)).toBe(false);
    expect(await store().get(approval.id)).toEqual(approval);
  });

  it('finds by their user the approvals that wait, and no others', async () => {
    const approval = asked();
    const other = asked({ realm: 'other', userId: approval.userId });
    await store().open(approval);
    await store().open(other);
    expect(await store().ofUser(approval.realm, approval.userId)).toEqual([approval.id]);
    await store().replace(decided(approval));
    expect(await store().ofUser(approval.realm, approval.userId)).toEqual([]);
  });

  it('has as due whose time is up', async () => {
    const now = Date.now();
    const early = asked({ expiresAt: now - 2 });
    const late = asked({ expiresAt: now + day });
    await store().open(late);
    await store().open(early);
    const due = await store().due(now, day, 1_000);
    expect(due).toContain(early.id);
    expect(due).not.toContain(late.id);
  });

  it('has as due what was decided longer ago than the grace and is not settled', async () => {
    const now = Date.now();
    const [fresh, stuck, settled] = [asked(), asked(), asked()];
    for (const [approval, change] of [
      [fresh, { decidedAt: now - 500 }],
      [stuck, { decidedAt: now - 2_000 }],
      [settled, { decidedAt: now - 2_000, settled: true }],
    ] as const) {
      await store().open(approval);
      await store().replace(decided(approval, change));
    }
    const due = await store().due(now, 1_000, 1_000);
    expect([fresh, stuck, settled].map(({ id }) => due.includes(id))).toEqual([false, true, false]);
  });
}

function decided(approval: Approval, change: Partial<Approval> = {}): Approval {
  return { ...approval, revision: approval.revision + 1, state: 'approved', decidedAt: Date.now(), ...change };
}
