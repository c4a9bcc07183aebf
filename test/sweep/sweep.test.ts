import { describe, expect, it } from '@jest/globals';

import { vote } from '../../src/approval/outcome.ts';
import { Shown } from '../../src/approval/shown.ts';
import { createEffects } from '../../src/carry-out/effects.ts';
import { createHeadStart } from '../../src/carry-out/head-start.ts';
import { isServiceError } from '../../src/errors.ts';
import type { Handler, QueueName } from '../../src/jobs.ts';
import type { RuleBook, Step } from '../../src/rules/model.ts';
import { createDecisions } from '../../workers/decisions.ts';
import { createRegistrations } from '../../workers/registrations.ts';
import { FakeAccounts } from '../fakes/accounts.ts';
import { FakeAdminEvents } from '../fakes/admin-events.ts';
import { requestOf } from '../fakes/approval-requests.ts';
import { FakeApprovals } from '../fakes/approvals.ts';
import { FakeAudit } from '../fakes/audit.ts';
import { FakeClosings } from '../fakes/closings.ts';
import { FakeLimit, guardsOf } from '../fakes/guards.ts';
import { fakeJob, FakeJobs, openLock } from '../fakes/jobs.ts';
import { mia, registeredAt } from '../fakes/registrations.ts';
import { Crash, Faults, type Mode, modes } from './faults.ts';

const step = (uses: Step['uses'], operand: unknown = null): Step => ({ uses, with: operand, after: null }) as Step;
const welcome = [step('join-group', { group: '/partners' }), step('grant-role', { role: 'member' })];
const desk = requestOf({ approvers: [{ email: 'desk@acme.com' }], approved: welcome, rejected: [step('delete-user')] });

/** What outlives every process. */
function createWorld() {
  const accounts = new FakeAccounts();
  accounts.add(mia.userId, { createdAt: registeredAt });
  return {
    accounts,
    approvals: new FakeApprovals(),
    jobs: new FakeJobs(),
    audit: new FakeAudit(),
    closings: new FakeClosings(),
    limit: new FakeLimit(1),
  };
}
type World = ReturnType<typeof createWorld>;

/** A process of the service: everything it asks of the world may go wrong once. */
function startProcess(world: World, then: readonly Step[], faults: Faults) {
  const accounts = faults.wrap('accounts', world.accounts);
  const approvals = faults.wrap('approvals', world.approvals);
  const jobs = faults.wrap('jobs', world.jobs);
  const audit = faults.wrap('audit', world.audit);
  const closings = faults.wrap('closings', world.closings);
  const now = () => registeredAt + 50;
  const rule = { name: 'the rule', file: 'portal.yaml', line: 4, when: null, then, dryRun: false };
  const book: RuleBook = {
    version: 'v1',
    files: [
      { file: 'portal.yaml', realms: ['acme'], clients: ['partner-portal'], application: 'Portal', rules: [rule] },
    ],
  };
  const rules = () => book;
  const { guards, protection, report } = guardsOf({ limit: faults.wrap('limit', world.limit), now });
  const headStart = createHeadStart({
    rules,
    users: accounts,
    accounts,
    closings,
    protection,
    now,
    maxAgeMs: 86_400_000,
  });
  const effectsOn = (target: typeof accounts | typeof headStart.accounts) =>
    createEffects({
      accounts: target,
      adminEvents: new FakeAdminEvents(),
      approvals,
      closings,
      jobs,
      membersOf: () => Promise.resolve([]),
      now,
    });
  return {
    headStart,
    registrations: createRegistrations({
      rules,
      users: headStart.users,
      effects: effectsOn(headStart.accounts),
      counters: { count: () => Promise.resolve(1) },
      closings,
      guards,
      report,
      lock: openLock,
      audit,
      metrics: { doorClosed: () => undefined },
      recall: async (registration) => registration,
      now,
      maxAgeMs: 86_400_000,
    }),
    decisions: createDecisions({
      approvals,
      users: accounts,
      shown: new Shown([]),
      adminEvents: new FakeAdminEvents(),
      jobs,
      effects: effectsOn(accounts),
      guards,
      lock: openLock,
      audit,
      now,
    }),
  };
}

interface Scenario {
  readonly then: readonly Step[];
  readonly signed?: boolean;
  readonly verdict?: 'approve' | 'reject';
}

/** From the event to the end, as queue and consumer would drive it: what failed or died is tried again. */
async function run({ then, signed = false, verdict }: Scenario, faults: Faults) {
  const world = createWorld();
  let process = startProcess(world, then, faults);
  let way = faults;
  process.headStart.begin(mia, signed);
  const finish = async <Name extends QueueName>(
    job: ReturnType<typeof fakeJob<Name>>,
    handlerOf: () => Handler<Name>,
  ): Promise<void> => {
    for (let attempt = 1; attempt < 5; attempt++) {
      const kept = faults === way ? faults.wrap('job', job) : job;
      try {
        await Promise.race([handlerOf()(kept), way.crashed]);
        return;
      } catch (error) {
        if (error instanceof Crash) {
          way = new Faults();
          process = startProcess(world, then, way);
        } else if (!isServiceError(error)) {
          throw error;
        }
      }
    }
    throw new Error('never got done');
  };
  await finish(fakeJob<'registrations'>({ registration: mia }), () => process.registrations);
  const inBeforeTheWord = world.accounts.user(mia.userId)?.enabled === true;
  const [asked] = world.approvals.all;
  if (verdict !== undefined && asked !== undefined) {
    const counted = vote(asked, {
      approver: 'desk@acme.com',
      verdict,
      at: registeredAt + 60,
      ip: null,
      userAgent: null,
    });
    await world.approvals.replace('next' in counted ? counted.next : asked);
    await finish(fakeJob<'decisions'>({ approvalId: asked.id }), () => process.decisions);
  }
  const mails = [...world.jobs.in('mail'), ...world.jobs.in('webhooks'), ...world.jobs.in('deadlines')];
  return {
    inBeforeTheWord,
    user: world.accounts.user(mia.userId) ?? 'deleted',
    approvals: world.approvals.all.map(({ state, settled, heldAccount }) => ({ state, settled, heldAccount })),
    queued: mails.map(({ id }) => id).toSorted(),
    audited: [...new Set(world.audit.entries.map(({ kind, step }) => inShort(kind, step)))].toSorted(),
  };
}

/** After a deletion whose answer got lost, the next attempt finds nobody: it records that, and not the deletion. */
function inShort(kind: string, step: string | undefined): string {
  return kind === 'skipped' || step === 'delete-user' ? 'gone' : `${kind} ${step ?? ''}`.trim();
}

const scenarios: readonly (readonly [string, Scenario])[] = [
  ['somebody who is shut out and told', { then: [step('disable-user'), step('notify-user', { message: 'refused' })] }],
  ['somebody who is shut out on a signed event', { then: [step('disable-user')], signed: true }],
  [
    'somebody who is let in with a group and a role',
    { then: [...welcome, step('webhook', { url: 'https://crm.test' })] },
  ],
  ['somebody who is deleted', { then: [step('notify-user', { message: 'refused' }), step('delete-user')] }],
  ['a partner who is approved', { then: [step('request-approval', desk)], verdict: 'approve' }],
  [
    'a partner who is approved, after a signed event',
    { then: [step('request-approval', desk)], signed: true, verdict: 'approve' },
  ],
  ['a partner who is rejected', { then: [step('request-approval', desk)], verdict: 'reject' }],
];

describe('whatever call goes wrong, whenever, the end is the same for', () => {
  it.each(scenarios)('%s', async (_, scenario) => {
    const smooth = new Faults();
    const expected = await run(scenario, smooth);
    const runs = smooth.points.flatMap((point, at) => modes.map((mode): [string, number, Mode] => [point, at, mode]));
    expect(runs.length).toBeGreaterThan(20);
    for (const [point, at, mode] of runs) {
      const end = await run(scenario, new Faults(at, mode));
      expect({ fault: `${at} ${point} ${mode}`, ...end }).toEqual({ fault: `${at} ${point} ${mode}`, ...expected });
    }
  });
});
