import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import type { Approval, Vote } from '../../src/approvals/approval.ts';
import { handOver } from '../../src/approvals/hand-over.ts';
import { ask } from '../../src/approvals/open.ts';
import { Shown } from '../../src/approvals/shown.ts';
import { createSweep, outcomeJob } from '../../src/approvals/sweep.ts';
import { vote, withdraw } from '../../src/approvals/transitions.ts';
import { createEffects } from '../../src/execute/effects.ts';
import { createOutcomes } from '../../workers/outcomes.ts';
import { FakeAccounts } from '../fakes/accounts.ts';
import { FakeAdminEvents } from '../fakes/admin-events.ts';
import { requestOf } from '../fakes/approval-requests.ts';
import { FakeApprovals } from '../fakes/approvals.ts';
import { FakeAudit } from '../fakes/audit.ts';
import { FakeDirectory, member } from '../fakes/directory.ts';
import { guardsOf } from '../fakes/guards.ts';
import { fakeJob, FakeJobs, openLock } from '../fakes/jobs.ts';
import { FakeLockouts } from '../fakes/lockouts.ts';
import { context, mia, registeredAt } from '../fakes/registrations.ts';

const names = ['ann', 'bob', 'cem', 'dan'];
const lifetime = 10_000;

type Happens =
  | { readonly kind: 'vote'; readonly by: string; readonly verdict: Vote['verdict'] }
  | { readonly kind: 'hand-over'; readonly from: string; readonly to: string }
  | { readonly kind: 'group'; readonly who: readonly string[] }
  | { readonly kind: 'sweep' | 'outcomes' | 'withdraw' };

const name = fc.constantFrom(...names);
const verdict = fc.constantFrom<Vote['verdict'][]>('approve', 'approve', 'reject');
const happens: fc.Arbitrary<Happens> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('vote' as const), by: name, verdict }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constantFrom('sweep' as const, 'outcomes' as const) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('group' as const), who: fc.subarray(names) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('hand-over' as const), from: name, to: name }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('withdraw' as const) }) },
);

/** The service's workers around systems in memory, with a person whom `hold: account` keeps out. */
async function world(need: number) {
  const clock = { time: registeredAt };
  const now = () => clock.time;
  const accounts = new FakeAccounts();
  accounts.add(mia.userId, { createdAt: registeredAt, enabled: false, sessions: 0 });
  const [approvals, jobs, audit, directory] = [
    new FakeApprovals(),
    new FakeJobs(),
    new FakeAudit(),
    new FakeDirectory(),
  ];
  const people = (who: readonly string[]) => who.map((one) => member(`${one}@acme.com`));
  directory.members.set('/desk', people(['ann', 'bob']));
  directory.members.set('/leads', people(['dan']));
  const request = requestOf({
    approvers: [{ group: '/desk' }],
    need,
    delegate: '/desk',
    remindAfter: 2_000,
    remindAgain: [4_000, 6_000, 8_000],
    escalate: { after: 5_000, to: [{ group: '/leads' }] },
    expireAfter: lifetime,
    approved: [{ uses: 'join-group', with: { group: '/partners' }, after: null }],
  });
  const { id } = ask({ context, request, approvers: people(['ann', 'bob']), now: now() });
  await approvals.open(ask({ context, request, approvers: people(['ann', 'bob']), now: now() }));
  const adminEvents = new FakeAdminEvents();
  const lockouts = new FakeLockouts();
  const effects = createEffects({ accounts, adminEvents, approvals, lockouts, jobs, directory, now });
  const common = { approvals, users: accounts, jobs, audit, now };
  const sweep = createSweep({ ...common, directory, log: { warn: () => undefined } });
  const execute = createOutcomes({
    ...common,
    shown: new Shown([{ id: 'k', secret: Buffer.alloc(32, 7) }]),
    adminEvents,
    effects,
    guards: guardsOf({ now }).guards,
    lock: openLock,
    remembered: async () => undefined,
  });
  const current = async () => (await approvals.get(id)) as Approval;
  const done = new Set<string>();
  const decides = async (next: Approval) => {
    if ((await approvals.replace(next)) && next.state !== 'waiting') {
      await jobs.add('outcomes', [outcomeJob(id, next.revision)]);
    }
  };
  const happen = async (what: Happens): Promise<void> => {
    const approval = await current();
    switch (what.kind) {
      case 'vote': {
        const given = { approver: `${what.by}@acme.com`, verdict: what.verdict, at: now(), ip: null, userAgent: null };
        const counted = vote(approval, given);
        return 'next' in counted ? decides(counted.next) : undefined;
      }
      case 'hand-over': {
        const from = approval.approvers.indexOf(`${what.from}@acme.com`);
        const given = handOver(approval, from, member(`${what.to}@acme.com`), now());
        return 'next' in given ? decides(given.next) : undefined;
      }
      case 'group':
        return void directory.members.set('/desk', people(what.who));
      case 'withdraw':
        return approval.state === 'waiting' ? decides(withdraw(approval, now())) : undefined;
      case 'sweep':
        return void (await sweep());
      case 'outcomes':
        for (const job of jobs.in('outcomes').filter((one) => !done.has(one.id))) {
          await execute(fakeJob<'outcomes'>(job.data, job.id));
          done.add(job.id);
        }
    }
  };
  return { clock, happen, current, jobs, user: () => accounts.user(mia.userId) };
}

describe('src/approvals: what becomes of the person, whatever happens in whatever order', () => {
  it('they are in, with what the rule grants, if and only if they are approved; each approver is asked once', async () => {
    const story = fc.array(fc.tuple(happens, fc.integer({ min: 0, max: 900 })), { maxLength: 25 });
    await fc.assert(
      fc.asyncProperty(story, fc.constantFrom(1, 2), async (told, need) => {
        const { clock, happen, current, jobs, user } = await world(need);
        let decided: Approval['state'] | null = null;
        for (const [what, later] of [
          ...told,
          [{ kind: 'sweep' }, lifetime] as const,
          [{ kind: 'outcomes' }, 0] as const,
        ]) {
          clock.time += later;
          await happen(what);
          const { state } = await current();
          expect(decided ?? state).toBe(state);
          decided = state === 'waiting' ? null : state;
          if (state !== 'approved') {
            expect([user()?.enabled ?? false, user()?.groups ?? []]).toEqual([false, []]);
          }
        }
        const { state, settled } = await current();
        expect([settled, state === 'waiting']).toEqual([true, false]);
        if (state === 'approved') {
          expect(user()).toMatchObject({ enabled: true, groups: ['/partners'] });
        }
        const first = jobs.in('mail').filter(({ id }) => /^(ask|escalate)-/.test(id));
        expect(new Set(first.map(({ data }) => 'approver' in data && data.approver)).size).toBe(first.length);
      }),
      { numRuns: 300 },
    );
  });
});
