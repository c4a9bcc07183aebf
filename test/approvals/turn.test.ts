import { describe, expect, it } from '@jest/globals';

import type { Approval } from '../../src/approvals/approval.ts';
import { ServiceError } from '../../src/platform/errors.ts';
import { day, setup } from '../fakes/deadlines.ts';
import { member } from '../fakes/directory.ts';
import { mia, registeredAt } from '../fakes/registrations.ts';

const group = [{ group: '/desk' }];
const leads = [{ group: '/leads' }];

/** A world in which the group /desk is asked: `desk` and `boss` when the question was opened. */
async function world(time: number, more: Partial<Approval> = {}, now: string[] = ['desk', 'boss']) {
  const made = await setup({ now: registeredAt + time, asked: { asks: group, ...more } });
  made.directory.members.set(
    '/desk',
    now.map((name) => member(`${name}@acme.com`)),
  );
  const mails = () =>
    made.jobs
      .in('mail')
      .map(({ id, data }) => `${id.split(made.approval.id)[0]}${'approver' in data ? data.approver : ''}`);
  const sweep = () => made.run({ kind: 'sweep' });
  return { ...made, mails, sweep };
}
const at = registeredAt + 2 * day;

describe('src/approvals/turn', () => {
  it('looks approvers up again at a reminder: who came is asked, who left is not', async () => {
    const { sweep, mails, current, audit } = await world(2 * day, {}, ['desk', 'cem']);
    await sweep();
    expect(mails()).toEqual(['ask-2', `remind-${at}-0`]);
    expect(await current()).toMatchObject({
      approvers: ['desk@acme.com', 'boss@acme.com', 'cem@acme.com'],
      retired: [1],
      need: 1,
      remindAt: null,
    });
    expect(await current()).not.toHaveProperty('toAsk');
    expect(audit.entries.filter(({ kind }) => kind === 'retired')).toMatchObject([{ to: 'boss@acme.com' }]);
    await sweep();
    expect(mails()).toHaveLength(2);
  });

  it('reminds several times, each with mails of its own', async () => {
    const { sweep, mails, current } = await world(4 * day, {
      remindAt: registeredAt + day,
      remindLater: [at + 2 * day, at + 4 * day],
    });
    await sweep();
    expect(mails()).toEqual([`remind-${registeredAt + day}-0`, `remind-${registeredAt + day}-1`]);
    // The second one's time came meanwhile: it is not made up for.
    expect(await current()).toMatchObject({ remindAt: at + 4 * day });
  });

  it('never takes the person who registered for an approver, though they joined the group', async () => {
    const { sweep, directory, current } = await world(2 * day);
    directory.members.set('/desk', [
      member('desk@acme.com'),
      member('boss@acme.com'),
      member('mia2@acme.com', { userId: mia.userId }),
    ]);
    await sweep();
    expect((await current())?.approvers).toEqual(['desk@acme.com', 'boss@acme.com']);
  });

  it('keeps everybody when Keycloak finds nobody', async () => {
    const { sweep, mails, current } = await world(2 * day, {}, []);
    await sweep();
    expect(mails()).toEqual([`remind-${at}-0`, `remind-${at}-1`]);
    expect(await current()).not.toHaveProperty('retired');
  });

  it('reminds also when the group is not there any more, and says so', async () => {
    const { sweep, mails, directory, warnings } = await world(2 * day);
    directory.members.clear();
    await sweep();
    expect(mails()).toHaveLength(2);
    expect(warnings).toEqual(['approvers cannot be looked up again']);
  });

  it('waits while Keycloak is away', async () => {
    const { sweep, mails, directory, current } = await world(2 * day);
    const look = directory.membersOf.bind(directory);
    directory.membersOf = () => Promise.reject(new ServiceError('KEYCLOAK_UNAVAILABLE', 'away'));
    await expect(sweep()).rejects.toThrow('away');
    expect(mails()).toEqual([]);
    expect(await current()).toMatchObject({ remindAt: at, revision: 1 });
    directory.membersOf = look;
    await sweep();
    expect(mails()).toHaveLength(2);
  });

  it('reminds without a look whom a snapshot of an earlier version names', async () => {
    const { sweep, mails, approvals, approval, directory } = await world(2 * day, {}, ['cem']);
    const { asks: _asks, ...before } = approval;
    await approvals.replace({ ...before, revision: 2 });
    await sweep();
    expect(mails()).toEqual([`remind-${at}-0`, `remind-${at}-1`]);
    expect(directory.looks).toBe(0);
  });

  it('asks more people when nobody decided in time', async () => {
    const { sweep, mails, directory, current, audit } = await world(3 * day, {
      escalate: { at, to: leads },
      remindAt: null,
    });
    directory.members.set('/leads', [member('lea@acme.com'), member('desk@acme.com')]);
    await sweep();
    await sweep();
    expect(mails()).toEqual(['escalate-2']);
    expect(await current()).toMatchObject({
      approvers: ['desk@acme.com', 'boss@acme.com', 'lea@acme.com'],
      asks: [...group, ...leads],
    });
    expect(await current()).not.toHaveProperty('escalate');
    expect(audit.entries.filter(({ kind }) => kind === 'escalated')).toMatchObject([{ outcome: '1 more asked' }]);
  });

  it('looks again in ten minutes for a group of leads that is not there', async () => {
    const { sweep, mails, current, warnings } = await world(3 * day, { escalate: { at, to: leads }, remindAt: null });
    await sweep();
    expect(mails()).toEqual([]);
    expect(warnings).toEqual(['approvers cannot be looked up again']);
    expect(await current()).toMatchObject({ escalate: { at: registeredAt + 3 * day + 600_000, to: leads } });
    await sweep();
    expect(warnings).toHaveLength(1);
  });

  it('does both when reminder and escalation come at once: those who come in get one mail', async () => {
    const { sweep, mails, directory } = await world(2 * day, { escalate: { at, to: leads } });
    directory.members.set('/leads', [member('lea@acme.com')]);
    await sweep();
    expect(mails()).toEqual(['escalate-2', `remind-${at}-0`, `remind-${at}-1`]);
  });

  it.each([1, 2, 3, 4, 5, 6, 7, 8])('makes each mail once, wherever it breaks off (%i)', async (step) => {
    const made = await world(2 * day, { escalate: { at, to: leads } }, ['desk', 'cem']);
    const { sweep, directory, approvals, jobs, mails, current } = made;
    directory.members.set('/leads', [member('lea@acme.com')]);
    let left = step;
    const dies =
      <Args extends unknown[], T>(call: (...args: Args) => Promise<T>) =>
      async (...args: Args): Promise<T> => {
        const before = left--;
        if (before === 1) {
          throw new Error('died before');
        }
        const answer = await call(...args);
        if (before === 2) {
          throw new Error('died after');
        }
        return answer;
      };
    const [replace, add] = [approvals.replace.bind(approvals), jobs.add.bind(jobs)];
    approvals.replace = dies(replace);
    jobs.add = dies<Parameters<typeof add>, void>(add);
    await sweep().catch(() => undefined);
    approvals.replace = replace;
    jobs.add = add;
    await sweep();
    await sweep();
    expect(mails().toSorted()).toEqual(['ask-3', 'escalate-2', `remind-${at}-0`]);
    expect(await current()).toMatchObject({ retired: [1], remindAt: null });
    expect(await current()).not.toHaveProperty('toAsk');
  });

  it('leaves alone what was decided while it looked', async () => {
    const { sweep, approvals, directory, current, mails } = await world(2 * day, {}, ['desk']);
    const look = directory.membersOf.bind(directory);
    directory.membersOf = async (...of) => {
      const approval = await current();
      await approvals.replace({ ...(approval as Approval), state: 'approved', decidedAt: 1, revision: 2 });
      return look(...of);
    };
    await sweep();
    expect(mails()).toEqual([]);
    expect(await current()).toMatchObject({ state: 'approved', revision: 2 });
    expect(await current()).not.toHaveProperty('retired');
  });

  it('looks the same group up once in a sweep', async () => {
    const { sweep, approvals, approval, directory, jobs } = await world(2 * day);
    for (let index = 0; index < 20; index++) {
      await approvals.open({ ...approval, id: `another-${index}` });
    }
    await sweep();
    expect(jobs.in('mail')).toHaveLength(42);
    expect(directory.looks).toBe(1);
    await sweep();
  });
});
