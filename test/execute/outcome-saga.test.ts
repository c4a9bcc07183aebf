import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { type ErrorCode, ServiceError } from '../../src/platform/errors.ts';
import type { Hold, Step } from '../../src/rules/model.ts';
import type { FakeUser } from '../fakes/accounts.ts';
import { decided, request, setup } from '../fakes/outcome-run.ts';
import { registeredAt } from '../fakes/registrations.ts';

const joining = (group: string): Step => ({ uses: 'join-group', with: { group }, after: null });
const missing = new ServiceError('GROUP_MISSING', 'realm acme has no group /partners');
const refused = new ServiceError('KEYCLOAK_REFUSED', 'the user profile says no');
const hook: Step = { uses: 'webhook', with: { url: 'https://crm.test' }, after: null };
const welcome: Step = { uses: 'notify-user', with: { message: 'welcome' }, after: null };

describe('an outcome whose steps fail', () => {
  it('does what waits for no missing group, and lets nobody in', async () => {
    const approved = [joining('/partners'), joining('/news'), hook, welcome];
    const { run, accounts, jobs, user, told } = await setup(decided('approve', { approved }));
    accounts.failures.push({ call: 'join-group:/partners', error: missing, applied: false });
    await expect(run()).rejects.toMatchObject({ code: 'GROUP_MISSING', retryable: true });
    expect(user()).toMatchObject({ enabled: false, groups: ['/news'] });
    expect(jobs.in('webhooks')).toHaveLength(1);
    expect(told()).toEqual([]);
  });

  it('tries at the next attempt what is left, and nothing else', async () => {
    const approved = [joining('/partners'), joining('/news'), hook, welcome];
    const { run, accounts, user, told } = await setup(decided('approve', { approved }));
    accounts.failures.push({ call: 'join-group:/partners', error: missing, applied: false });
    await expect(run()).rejects.toThrow('/partners');
    accounts.calls.length = 0;
    await expect(run()).resolves.toBe('approved');
    expect(accounts.calls).toEqual(['join-group:/partners', 'open-gate', 'enable']);
    expect(user()).toMatchObject({ enabled: true, groups: ['/news', '/partners'] });
    expect(told()).toEqual([['mia@example.test', 'welcome']]);
  });

  it('notes since when, how often and why, and forgets it once it is done', async () => {
    const { run, accounts, job, clock } = await setup(decided('approve'));
    for (const error of [missing, new ServiceError('KEYCLOAK_UNAVAILABLE', 'away')]) {
      accounts.failures.push({ call: 'join-group:/partners', error, applied: false });
      await expect(run()).rejects.toThrow();
      clock.time += 60_000;
    }
    const since = registeredAt + 2_000;
    const setback = { step: 'join-group', name: '/partners', code: 'KEYCLOAK_UNAVAILABLE', since, attempts: 2 };
    expect(job.data.setbacks).toEqual({ 0: setback });
    await run();
    expect(job.data.setbacks).toEqual({});
  });

  it('notes what kept it from the first step, but not what passes in a moment', async () => {
    const { run, job, audit } = await setup(decided('approve'));
    audit.state = 'away';
    await expect(run()).rejects.toThrow();
    expect(job.data.setbacks).toMatchObject({ start: { step: 'start', code: 'AUDIT_UNAVAILABLE', attempts: 1 } });
    const invisible = await setup(decided('approve'), null);
    await expect(invisible.run()).rejects.toMatchObject({ code: 'USER_NOT_YET_VISIBLE' });
    expect(invisible.job.data.setbacks).toBeUndefined();
  });

  it.each([
    ['only what never succeeds is left', [refused], false],
    ['a group may still be made', [refused, missing], true],
    ['a system is away', [refused, new ServiceError('KEYCLOAK_UNAVAILABLE', 'away')], true],
    ['nobody knows what it is', [refused, new Error('what?')], undefined],
  ])('is tried again unless %s', async (_, errors, retryable) => {
    const approved = [joining('/a'), joining('/b')];
    const { run, accounts } = await setup(decided('approve', { approved }));
    errors.forEach((error, index) =>
      accounts.failures.push({ call: `join-group:${['/a', '/b'][index]}`, error, applied: false }),
    );
    const error: unknown = await run().catch((reason: unknown) => reason);
    expect((error as { retryable?: boolean }).retryable).toBe(retryable);
  });

  it('goes on with the job of an earlier version after the steps that were done', async () => {
    const { run, accounts, user } = await setup(decided('approve'), undefined, {}, 0, { done: 1 });
    await run();
    expect(accounts.calls).not.toContain('join-group:/partners');
    expect(user()).toMatchObject({ enabled: true, roles: ['partner-portal/member'] });
  });

  it('keeps a rejected person out while the deletion fails', async () => {
    const { run, accounts, user } = await setup(decided('reject', { hold: 'none' }), { enabled: true });
    accounts.failures.push({ call: 'delete', error: refused, applied: false });
    await expect(run()).rejects.toMatchObject({ code: 'KEYCLOAK_REFUSED', retryable: false });
    expect(user()).toMatchObject({ enabled: false });
  });

  it('tells a person of a rejection only after the door is closed', async () => {
    const rejected: readonly Step[] = [{ uses: 'disable-user', with: null, after: null }];
    const { run, accounts, told } = await setup(decided('reject', { hold: 'none', rejected }), { enabled: true });
    accounts.failures.push({ call: 'disable', error: new ServiceError('KEYCLOAK_FORBIDDEN', 'no'), applied: false });
    await expect(run()).rejects.toThrow('no');
    expect(told()).toEqual([]);
    await run();
    expect(told()).toEqual([['mia@example.test', 'rejected']]);
  });
});

const pool: readonly Step[] = [
  joining('/partners'),
  joining('/news'),
  { uses: 'grant-role', with: { role: 'member' }, after: null },
  { uses: 'set-user-attribute', with: { name: 'origin', values: ['portal'] }, after: null },
  { uses: 'enable-user', with: null, after: null },
  hook,
  { uses: 'notify', with: { to: ['ops@acme.com'], subject: null }, after: null },
  welcome,
  { uses: 'join-group', with: { group: '/later' }, after: 60_000 },
];
const closing: readonly Step[] = [
  { uses: 'disable-user', with: null, after: null },
  { uses: 'log-out-user', with: null, after: null },
  { uses: 'delete-user', with: null, after: null },
  { uses: 'notify-user', with: { message: 'refused' }, after: null },
  hook,
];
const calls = [
  'join-group:/partners',
  'join-group:/news',
  'grant-role:member',
  'set-attribute:origin',
  'enable',
  'open-gate',
  'disable',
  'log-out',
  'delete',
  'set-gate-state:refused',
];
const codes: readonly ErrorCode[] = ['GROUP_MISSING', 'KEYCLOAK_UNAVAILABLE', 'KEYCLOAK_FORBIDDEN', 'KEYCLOAK_REFUSED'];

const failures = fc.array(
  fc.record({ call: fc.constantFrom(...calls), code: fc.constantFrom(...codes), applied: fc.boolean() }),
  { maxLength: 12 },
);
/** No call to Keycloak, but a note in Redis or an entry of the audit: its number. */
const brokenNote = fc.option(fc.nat({ max: 6 }));
const scenarios = fc.record({
  verdict: fc.constantFrom('approve' as const, 'reject' as const),
  hold: fc.constantFrom<Hold>('account', 'gate', 'none'),
  approved: fc.shuffledSubarray([...pool]),
  rejected: fc.shuffledSubarray([...closing]),
  failures,
  brokenNote,
});
type Scenario = typeof scenarios extends fc.Arbitrary<infer Value> ? Value : never;

const holds: Readonly<Record<Hold, Partial<FakeUser>>> = {
  account: { enabled: false, sessions: 0 },
  gate: { requiredActions: ['vestibule-pending', 'vestibule-waiting'] },
  none: {},
};

async function play({ verdict, hold, approved, rejected, ...faults }: Scenario) {
  const played = await setup(decided(verdict, { ...request, hold, approved, rejected }), holds[hold]);
  const { accounts, clock, job, jobs, user, run } = played;
  accounts.failures.push(
    ...faults.failures.map(({ call, code, applied }) => ({ call, applied, error: new ServiceError(code, call) })),
  );
  const save = job.save.bind(job);
  let notes = 0;
  job.save = (data) => (notes++ === faults.brokenNote ? Promise.reject(new Error('Redis is away')) : save(data));
  const states: (FakeUser | undefined)[] = [];
  const mails: number[] = [];
  for (let attempt = 0, ended = ''; ended === '' || ended === 'failed'; attempt++) {
    if (attempt > 20) {
      throw new Error('never got done');
    }
    ended = await run().catch(() => 'failed');
    states.push(user());
    mails.push(jobs.in('mail').filter(({ data }) => data.kind === 'person').length);
    clock.time += 60_000; // longer than Keycloak may not show an account that it has
  }
  const queued = (['mail', 'webhooks', 'deadlines'] as const).flatMap((queue) => jobs.in(queue).map(({ id }) => id));
  const { groups = [], roles = [], ...rest } = user() ?? {};
  return { states, mails, end: { ...rest, groups: groups.toSorted(), roles, queued: queued.toSorted() } };
}

function has({ groups, roles, attributes }: FakeUser, { uses, with: operand }: Step): boolean {
  switch (uses) {
    case 'join-group':
      return groups.includes(operand.group);
    case 'grant-role':
      return roles.includes(operand.role);
    case 'set-user-attribute':
      return attributes[operand.name] !== undefined;
    default:
      return true;
  }
}

describe('whatever fails, in whatever order,', () => {
  it('the effects in the end are the same', () =>
    fc.assert(
      fc.asyncProperty(scenarios, async (scenario) => {
        const smooth = await play({ ...scenario, failures: [], brokenNote: null });
        // A rejected account that nobody deletes was perhaps closed on the way, if its deletion failed. Nothing reopens it.
        expect((await play(scenario)).end).toEqual(smooth.end);
      }),
      { numRuns: 400 },
    ));

  it('nobody is in without all that was granted, and nobody reads that they are', () =>
    fc.assert(
      fc.asyncProperty(scenarios, async (scenario) => {
        const { states, mails } = await play({ ...scenario, verdict: 'approve' });
        const grants = scenario.approved.filter(({ after }) => after === null);
        states.forEach((user, attempt) => {
          const ready = user !== undefined && grants.every((step) => has(user, step));
          const held = scenario.hold === 'gate' ? user?.requiredActions.includes('vestibule-pending') : !user?.enabled;
          expect({ attempt, ok: ready || held === true || scenario.hold === 'none' }).toEqual({ attempt, ok: true });
          expect({ attempt, ok: ready || mails[attempt] === 0 }).toEqual({ attempt, ok: true });
        });
      }),
      { numRuns: 400 },
    ));

  it('nobody who is rejected and to be kept out is in', () =>
    fc.assert(
      fc.asyncProperty(scenarios, async (scenario) => {
        const { states } = await play({ ...scenario, verdict: 'reject' });
        const closes = scenario.rejected.some(({ uses }) => uses === 'disable-user' || uses === 'delete-user');
        const last = states.at(-1);
        expect(last?.enabled === true && closes).toBe(false);
        if (scenario.hold === 'account') {
          expect(states.filter((user) => user?.enabled)).toEqual([]);
        }
      }),
      { numRuns: 400 },
    ));
});
