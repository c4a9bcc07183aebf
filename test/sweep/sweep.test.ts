import { afterAll, describe, expect, it } from '@jest/globals';

import { ask } from '../../src/approvals/open.ts';
import type { Approval, Vote } from '../../src/approvals/approval.ts';
import { vote } from '../../src/approvals/transitions.ts';
import type { DeadlineJob } from '../../src/jobs/payloads.ts';
import { outcomeJob } from '../../src/approvals/sweep.ts';
import type { Step } from '../../src/rules/model.ts';
import type { FakeUser } from '../fakes/accounts.ts';
import { requestOf } from '../fakes/approval-requests.ts';
import { fakeJob } from '../fakes/jobs.ts';
import { mia, context, registeredAt } from '../fakes/registrations.ts';
import { Faults, type Mode, modes } from './faults.ts';
import { createWorld, Driver, shown, step } from './process.ts';

const hour = 3_600_000;
const welcome = [step('join-group', { group: '/partners' }), step('grant-role', { role: 'member' })];
const hook = step('webhook', { url: 'https://crm.test' });
const hello = step('notify-user', { message: 'welcome' });
const tellOps = step('notify', { to: ['ops@acme.com'], subject: null });
const desk = requestOf({ approvers: [{ email: 'desk@acme.com' }], approved: welcome, rejected: [step('delete-user')] });
const gate = { ...desk, hold: 'gate' } as const;

interface Registration {
  readonly then: readonly Step[];
  readonly signed?: boolean;
  readonly verdict?: 'approve' | 'reject';
  readonly user?: Partial<FakeUser>;
  /** People whom the rule may close out before it is stopped. */
  readonly limit?: number;
}

/** From the event to the end, as queue and consumer would drive it. */
async function register({ then, signed = false, verdict, ...of }: Registration, faults: Faults) {
  const world = createWorld(of);
  const driver = new Driver(world, then, faults);
  driver.process.earlyDisable.begin(mia, signed ? 'signed' : 'trusted');
  await driver.finish(fakeJob<'registrations'>({ registration: mia }), ({ registrations }) => registrations);
  const { enabled, requiredActions } = world.accounts.user(mia.userId) ?? { enabled: false, requiredActions: [] };
  const inBeforeTheWord = enabled && requiredActions.length === 0;
  await driver.drain();
  const [asked] = world.approvals.all;
  if (verdict !== undefined && asked !== undefined) {
    const given = { approver: 'desk@acme.com', verdict, at: world.clock.time, ip: null, userAgent: null };
    const counted = vote(asked, given);
    const decided = 'next' in counted ? counted.next : asked;
    await world.approvals.replace(decided);
    const { data } = outcomeJob(decided.id, decided.revision);
    await driver.finish(fakeJob<'outcomes'>(data), ({ outcomes }) => outcomes);
    await driver.drain();
  }
  return { inBeforeTheWord, ...driver.end() };
}

const approval: Vote = { approver: 'desk@acme.com', verdict: 'approve', at: registeredAt, ip: null, userAgent: null };

const registrations: readonly (readonly [string, Registration])[] = [
  ['somebody who is shut out and told', { then: [step('disable-user'), step('notify-user', { message: 'refused' })] }],
  ['somebody who is shut out on a signed event', { then: [step('disable-user')], signed: true }],
  [
    'somebody who is let in with a group and a role',
    { then: [...welcome, step('webhook', { url: 'https://crm.test' })] },
  ],
  [
    'somebody who is let in, and whom administrators hear of',
    { then: [...welcome, step('notify', { to: ['ops@acme.com'], subject: null })] },
  ],
  ['somebody who is deleted', { then: [step('notify-user', { message: 'refused' }), step('delete-user')] }],
  ['somebody who is deleted later', { then: [step('disable-user'), step('delete-user', null, hour)] }],
  ['somebody whom a stopped rule deletes in the end', { then: [step('delete-user')], limit: 0 }],
  ['a partner who is approved', { then: [step('request-approval', desk)], verdict: 'approve' }],
  [
    'a partner who is approved, after a signed event',
    { then: [step('request-approval', desk)], signed: true, verdict: 'approve' },
  ],
  [
    'a partner who is approved, welcomed, and of whom others hear',
    { then: [step('request-approval', { ...desk, approved: [hook, hello, ...welcome, tellOps] })], verdict: 'approve' },
  ],
  [
    'a partner who is rejected, and of whom others hear',
    {
      then: [step('request-approval', { ...desk, hold: 'none', rejected: [hook, step('delete-user'), tellOps] })],
      verdict: 'reject',
    },
  ],
  ['a partner who is rejected', { then: [step('request-approval', desk)], verdict: 'reject' }],
  ['a partner at the gate who is approved', { then: [step('request-approval', gate)], verdict: 'approve' }],
  ['a partner at the gate who is rejected', { then: [step('request-approval', gate)], verdict: 'reject' }],
  [
    'a partner at the gate whose address is verified already',
    {
      then: [step('request-approval', { ...gate, waitFor: 'email-verified' })],
      verdict: 'approve',
      user: { emailVerified: true },
    },
  ],
];

const held = { requiredActions: ['vestibule-pending'] };
const letIn: readonly (readonly [string, Registration])[] = [
  ['somebody whom the gate held, and who gets a group and a role', { then: welcome, user: held }],
  [
    'somebody whom the gate held, and whom administrators hear of',
    { then: [step('notify', { to: ['ops@acme.com'], subject: null }), ...welcome], user: held },
  ],
  [
    'somebody whom the gate held, and of whom a webhook tells',
    { then: [step('webhook', { url: 'https://crm.test' })], user: held },
  ],
  ['somebody whom the gate held, and about whom no rule says anything', { then: [], user: held }],
];

interface Waiting {
  readonly job: DeadlineJob;
  readonly asked?: Partial<Approval>;
  readonly user?: Partial<FakeUser> | 'deleted';
  readonly limit?: number;
  readonly then?: readonly Step[];
}

/** From an approval that waits, or a step that is due, to the end. */
async function wait({ job, asked = {}, user = {}, limit = 1, then = [] }: Waiting, faults: Faults) {
  const world = createWorld({ user: user === 'deleted' ? {} : user, limit });
  if (user === 'deleted') {
    await world.accounts.apply(mia, { kind: 'delete' });
  }
  world.clock.time = registeredAt + hour;
  const approval = ask({ context, request: desk, approvers: ['desk@acme.com', 'boss@acme.com'], now: registeredAt });
  await world.approvals.open({ ...approval, then: { ...approval.then, expired: [step('delete-user')] }, ...asked });
  const driver = new Driver(world, then, faults);
  await driver.finish(fakeJob<'deadlines'>(job), ({ deadlines }) => deadlines);
  await driver.drain();
  return driver.end();
}

const verifying = { waitFor: 'email-verified', hold: 'gate', heldAccount: false } as const;
const deleting = { kind: 'delayed-step', context, step: step('delete-user', null, hour) } as const;
const joining = { kind: 'delayed-step', context, step: step('join-group', { group: '/partners' }, hour) } as const;
const who = { realm: mia.realm, userId: mia.userId };

const deadlines: readonly (readonly [string, Waiting])[] = [
  ['an approval that expires', { job: { kind: 'sweep' }, asked: { expiresAt: registeredAt + hour } }],
  ['approvers who are reminded', { job: { kind: 'sweep' }, asked: { remindAt: registeredAt + hour } }],
  [
    'a vote that nobody carried out',
    {
      job: { kind: 'sweep' },
      asked: { state: 'approved', decidedAt: registeredAt, votes: [approval] },
      user: { enabled: false },
    },
  ],
  [
    'an address that is verified, with an event',
    { job: { kind: 'email-verified', ...who }, asked: verifying, user: { emailVerified: true } },
  ],
  [
    'an address that is verified, without an event',
    { job: { kind: 'look-for-verified' }, asked: verifying, user: { emailVerified: true } },
  ],
  [
    'a rule that no longer waits for addresses',
    {
      job: { kind: 'look-for-verified' },
      asked: { ...verifying, rule: { file: 'portal.yaml', line: 4, rule: 'the rule' } },
      then: [step('request-approval', gate)],
    },
  ],
  ['an account that was deleted', { job: { kind: 'account-deleted', ...who }, user: 'deleted' }],
  [
    'a deletion that was put off',
    {
      job: { ...deleting, context: { ...context, rule: { ...context.rule, rule: 'the rule' } } },
      then: [deleting.step],
    },
  ],
  [
    'a deletion that was put off and whose rule is stopped',
    {
      job: { ...deleting, context: { ...context, rule: { ...context.rule, rule: 'the rule' } } },
      then: [deleting.step],
      limit: 0,
    },
  ],
  [
    'a group that was put off',
    {
      job: { ...joining, context: { ...context, rule: { ...context.rule, rule: 'the rule' } } },
      then: [joining.step],
    },
  ],
  ['a step whose rule no longer decides', { job: deleting, then: [] }],
];

/** Approvers voted on somebody who is another one by now; asked again, they vote on the person as they are. */
async function voteTwice(verdict: 'approve' | 'reject', faults: Faults) {
  const world = createWorld({ user: { enabled: false, firstName: 'Mia', lastName: 'Meyer' } });
  const driver = new Driver(world, [], faults);
  const person = world.accounts.user(mia.userId);
  if (person === undefined) {
    throw new Error('there is nobody to vote on');
  }
  const asked = ask({ context, request: desk, approvers: ['desk@acme.com', 'boss@acme.com'], now: registeredAt });
  const seen = shown.digest(asked, { ...person, lastName: 'Chief' });
  const votes = [{ ...approval, shown: seen }];
  await world.approvals.open({ ...asked, heldAccount: true, state: 'approved', decidedAt: registeredAt, votes });
  const settle = async (): Promise<void> => {
    const [decided] = world.approvals.all;
    const { data } = outcomeJob(asked.id, decided?.revision ?? 0);
    await driver.finish(fakeJob<'outcomes'>(data), ({ outcomes }) => outcomes);
    await driver.drain();
  };
  await settle();
  const [reopened] = world.approvals.all;
  const inOnTheFirstVote = world.accounts.user(mia.userId)?.enabled;
  const again = { ...approval, verdict, at: world.clock.time, shown: shown.digest(asked, person) };
  const counted = reopened === undefined ? { refused: 'gone' } : vote(reopened, again);
  if (!('next' in counted)) {
    throw new Error(`the second vote does not count: ${counted.refused}`);
  }
  await world.approvals.replace(counted.next);
  await settle();
  return { inOnTheFirstVote, ...driver.end() };
}

interface Unproven {
  /** How long after the registration the event store shows it; `null`: never. */
  readonly storedAfter: number | null;
}

/** From a record without proof to the end. */
async function confirm({ storedAfter }: Unproven, faults: Faults) {
  const world = createWorld();
  world.stored.registration = storedAfter === null ? null : mia;
  world.stored.from = registeredAt + (storedAfter ?? 0);
  const driver = new Driver(world, [step('disable-user'), ...welcome], faults);
  // As the record claims it: another client's.
  const claimed = { ...mia, clientId: 'another-client' };
  await driver.deliver([{ kind: 'registered', registration: claimed, proof: null }]);
  await driver.drain();
  return driver.end();
}

const confirmations: readonly (readonly [string, Unproven])[] = [
  ['a record without proof that the event store confirms', { storedAfter: 0 }],
  ['a record without proof that the event store confirms later', { storedAfter: 10_000 }],
  ['a record without proof that the event store does not know', { storedAfter: null }],
];

describe('whatever call goes wrong, whenever, the end is the same for', () => {
  it.each(registrations)('%s', (_, scenario) => allWaysEndAlike((faults) => register(scenario, faults), 20));

  it.each(letIn)('%s', async (_, scenario) => {
    expect(await register(scenario, new Faults())).toMatchObject({ inBeforeTheWord: true });
    await allWaysEndAlike((faults) => register(scenario, faults), 16);
  });

  it.each(['approve', 'reject'] as const)('votes that are taken back, and then %s', (verdict) =>
    allWaysEndAlike((faults) => voteTwice(verdict, faults), 20),
  );

  it.each(confirmations)('%s', (_, scenario) => allWaysEndAlike((faults) => confirm(scenario, faults), 8));

  it.each(deadlines)('%s', (_, scenario) => allWaysEndAlike((faults) => wait(scenario, faults), 8));
});

/** Each run ends in an end that has to be the usual one. */
const swept = { points: 0, runs: 0 };
afterAll(() => console.log(`crash points: ${swept.points}, runs: ${swept.runs}`));

async function allWaysEndAlike(run: (faults: Faults) => Promise<object>, least: number): Promise<void> {
  const smooth = new Faults();
  const expected = await run(smooth);
  const runs = smooth.points.flatMap((point, at) => modes.map((mode): [string, number, Mode] => [point, at, mode]));
  expect(runs.length).toBeGreaterThan(least);
  swept.points += smooth.points.length;
  swept.runs += runs.length;
  for (const [point, at, mode] of runs) {
    const end = await run(new Faults(at, mode));
    expect({ fault: `${at} ${point} ${mode}`, ...end }).toEqual({ fault: `${at} ${point} ${mode}`, ...expected });
  }
}
