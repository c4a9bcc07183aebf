import { describe, expect, it } from '@jest/globals';

import type { Approval } from '../../src/approvals/approval.ts';
import { ask } from '../../src/approvals/open.ts';
import { createEffects } from '../../src/execute/effects.ts';
import { ServiceError } from '../../src/platform/errors.ts';
import type { ApprovalRequest, Condition, Rule, RuleBook, Step } from '../../src/rules/model.ts';
import { createDeadlines } from '../../workers/deadlines.ts';
import { FakeAccounts, type FakeUser } from '../fakes/accounts.ts';
import { FakeAdminEvents } from '../fakes/admin-events.ts';
import { FakeApprovals } from '../fakes/approvals.ts';
import { FakeAudit } from '../fakes/audit.ts';
import { FakeLockouts } from '../fakes/lockouts.ts';
import { FakeLimit, guardsOf, type GuardsSetup } from '../fakes/guards.ts';
import { fakeJob, FakeJobs, openLock } from '../fakes/jobs.ts';
import { mia, context, registeredAt } from '../fakes/registrations.ts';

const day = 86_400_000;
const waiting = { waitFor: 'email-verified' } as const;
const deleting: Step = { uses: 'delete-user', with: null, after: 30 * day };
const request: ApprovalRequest = {
  approvers: [{ email: 'desk@acme.com' }],
  need: 1,
  hold: 'account',
  waitFor: null,
  remindAfter: 2 * day,
  expireAfter: 7 * day,
  approved: [],
  rejected: [],
  expired: [],
};

function bookOf(...rules: readonly Partial<Rule>[]): RuleBook {
  const usual = { name: 'the desk decides', file: 'portal.yaml', line: 4, when: null, then: [deleting], dryRun: false };
  const all = rules.map((rule) => ({ ...usual, ...rule }));
  return {
    version: 'v2',
    files: [{ file: 'portal.yaml', realms: ['*'], clients: ['*'], application: null, rules: all }],
  };
}

/** A condition that counts. */
const flood: Condition = {
  kind: 'is',
  key: 'registrations-over',
  operand: { count: 5, within: 600_000, by: 'client' },
};

async function setup({
  now = registeredAt,
  asked = {},
  user = {},
  rules = [{}],
  guarded = {},
}: {
  now?: number;
  asked?: Partial<Approval>;
  user?: Partial<FakeUser>;
  rules?: readonly Partial<Rule>[];
  guarded?: GuardsSetup;
} = {}) {
  const accounts = new FakeAccounts();
  accounts.add(mia.userId, { createdAt: registeredAt, enabled: false, ...user });
  const jobs = new FakeJobs();
  const audit = new FakeAudit();
  const reconciler = { run: () => Promise.resolve('0 seen') };
  const approvals = new FakeApprovals();
  const approval = {
    ...ask({ context, request, approvers: ['desk@acme.com', 'boss@acme.com'], now: registeredAt }),
    ...asked,
  };
  await approvals.open(approval);
  const handle = createDeadlines({
    rules: () => bookOf(...rules),
    approvals,
    users: accounts,
    signs: accounts,
    effects: createEffects({
      accounts,
      adminEvents: new FakeAdminEvents(),
      approvals,
      lockouts: new FakeLockouts(),
      jobs,
      membersOf: () => Promise.resolve([]),
      now: () => now,
    }),
    jobs,
    guards: guardsOf({ now: () => now, ...guarded }).guards,
    lock: openLock,
    audit,
    reconcile: () => reconciler.run(),
    now: () => now,
  });
  const run = (data: Parameters<typeof fakeJob<'deadlines'>>[0]) => handle(fakeJob<'deadlines'>(data));
  return {
    audit,
    reconciler,
    accounts,
    jobs,
    approvals,
    approval,
    run,
    user: () => accounts.user(mia.userId),
    current: () => approvals.get(approval.id),
  };
}

describe('workers/deadlines', () => {
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

  it('asks the approvers once the address is verified', async () => {
    const { run, jobs, current } = await setup({ asked: waiting, user: { emailVerified: true } });
    await run({ kind: 'email-verified', realm: 'acme', userId: mia.userId });
    await run({ kind: 'look-for-verified' });
    expect(jobs.in('mail').map(({ data }) => data.kind === 'approval-request' && data.approver)).toEqual([0, 1]);
    expect(await current()).toMatchObject({ state: 'waiting', waitFor: null });
  });

  it('notices a verified address also when no event says so', async () => {
    const { run, jobs } = await setup({ asked: waiting, user: { emailVerified: true } });
    await run({ kind: 'look-for-verified' });
    expect(jobs.in('mail')).toHaveLength(2);
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
      { kind: 'approval-request', approvalId: approval.id, approver: 1, reminder: true },
    ]);
    expect(await current()).toMatchObject({ state: 'waiting', remindAt: null });
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

  it('does the repeated tasks apart, so that one that fails or takes long keeps no other waiting', async () => {
    const { run, jobs, reconciler } = await setup({ asked: waiting, user: { emailVerified: true } });
    let end: (words: string) => void = () => undefined;
    reconciler.run = () => new Promise((resolve) => (end = resolve));
    const long = run({ kind: 'reconcile' });
    await expect(run({ kind: 'reconcile' })).resolves.toBe('still-at-it');
    await run({ kind: 'look-for-verified' });
    expect(jobs.in('mail')).toHaveLength(2);
    end('3 seen');
    await expect(long).resolves.toBe('3 seen');
  });

  it('closes an approval whose account was deleted by its owner', async () => {
    const { run, accounts, audit, current } = await setup({ now: registeredAt + day });
    await accounts.apply(mia, { kind: 'delete' });
    await run({ kind: 'account-deleted', realm: 'acme', userId: mia.userId });
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

  it('carries a delayed step out when its rule still decides', async () => {
    const { run, user } = await setup();
    await expect(run({ kind: 'delayed-step', context, step: deleting })).resolves.toBe('applied');
    expect(user()).toBeUndefined();
  });

  it('mails the person later, at the address and in the language that Keycloak has by then', async () => {
    const telling: Step = { uses: 'notify-user', with: { message: 'welcome' }, after: day };
    const { run, jobs } = await setup({
      rules: [{ then: [telling] }],
      user: { email: 'mia.new@example.test', locale: 'fr' },
    });
    const stored = { ...context, person: null }; // a job that waits for long keeps nothing of the person
    await expect(run({ kind: 'delayed-step', context: stored, step: telling })).resolves.toBe('applied');
    expect(jobs.in('mail').map(({ data }) => data)).toMatchObject([
      { kind: 'person', message: 'welcome', to: { address: 'mia.new@example.test', locale: 'fr' } },
    ]);
  });

  it('leaves a delayed step when another rule would decide by now', async () => {
    const { run, user } = await setup({ rules: [{ name: 'everybody is welcome' }] });
    await expect(run({ kind: 'delayed-step', context, step: deleting })).resolves.toBe('no-longer');
    expect(user()).toBeDefined();
  });

  it.each([
    ['above it', [{ name: 'flood', when: flood }, {}]],
    ['of its own', [{ when: flood }, { name: 'others' }]],
  ])('carries a delayed step out although nobody can tell any more what a condition %s counted', async (_, rules) => {
    const { run, user } = await setup({ rules });
    await expect(run({ kind: 'delayed-step', context, step: deleting })).resolves.toBe('applied');
    expect(user()).toBeUndefined();
  });

  it('enables later only whom this system disabled', async () => {
    const enabling: Step = { uses: 'enable-user', with: null, after: null };
    const { run, user } = await setup();
    await expect(run({ kind: 'delayed-step', context, step: enabling })).resolves.toBe('left-alone');
    expect(user()?.enabled).toBe(false);
    const ours = { ...context, disabledHere: true };
    await expect(run({ kind: 'delayed-step', context: ours, step: enabling })).resolves.toBe('applied');
    expect(user()?.enabled).toBe(true);
  });

  it('does not delete somebody later whom the rule disabled and somebody enabled', async () => {
    const disabling: Step = { uses: 'disable-user', with: null, after: null };
    const { run, user } = await setup({ rules: [{ then: [disabling, deleting] }], user: { enabled: true } });
    await expect(run({ kind: 'delayed-step', context, step: deleting })).resolves.toBe('no-longer');
    expect(user()).toBeDefined();
  });

  describe('after a rejection', () => {
    const shut: Step = { uses: 'disable-user', with: null, after: day };
    const approved: Step[] = [
      { uses: 'join-group', with: { group: '/partners' }, after: null },
      { uses: 'grant-role', with: { client: 'portal', role: 'member' }, after: null },
    ];
    const rejected = { state: 'rejected', settled: true, then: { approved, rejected: [], expired: [] } } as const;

    it.each<readonly [Approval['hold'], Partial<FakeUser>]>([
      ['account', { enabled: true }],
      ['account', { groups: ['/partners'] }],
      ['gate', { enabled: true, requiredActions: [] }],
      ['gate', { enabled: true, requiredActions: ['vestibule-pending'], roles: ['portal/member'] }],
      ['none', { enabled: true, groups: ['/partners'] }],
      ['none', { enabled: true, roles: ['portal/member'] }],
    ])('shuts nobody out later whom somebody let in meanwhile: %s, %j', async (hold, changed) => {
      for (const step of [deleting, shut]) {
        const { run, user, approval, audit } = await setup({ asked: { ...rejected, hold }, user: changed });
        const after = { ...context, key: `${approval.id}/rejected/0` };
        await expect(run({ kind: 'delayed-step', context: after, step })).resolves.toBe('no-longer');
        expect(user()).toMatchObject(changed);
        expect(audit.entries).toEqual([expect.objectContaining({ because: expect.stringMatching(/^somebody /) })]);
      }
    });

    it.each<readonly [Approval['hold'], Partial<FakeUser>]>([
      ['account', { enabled: false }],
      ['gate', { enabled: true, requiredActions: ['vestibule-pending'] }],
      ['none', { enabled: true, groups: ['/readers'], roles: ['member'] }],
    ])('deletes later whom nobody let in: %s, %j', async (hold, found) => {
      const { run, user, approval } = await setup({ asked: { ...rejected, hold }, user: found });
      const after = { ...context, key: `${approval.id}/rejected/0` };
      await expect(run({ kind: 'delayed-step', context: after, step: deleting })).resolves.toBe('applied');
      expect(user()).toBeUndefined();
    });
  });

  it.each<readonly [Approval['hold'], Partial<FakeUser>]>([
    ['account', { enabled: true }],
    ['gate', { enabled: true, requiredActions: [] }],
    ['none', { enabled: true, groups: ['/partners'] }],
  ])('does not delete somebody later whose approval, beside that step, let them in: %s', async (hold, changed) => {
    const approved: Step[] = [{ uses: 'join-group', with: { group: '/partners' }, after: null }];
    const asking: Step = { uses: 'request-approval', with: { ...request, hold, approved }, after: null };
    const { run, user } = await setup({ rules: [{ then: [asking, deleting] }], user: changed });
    await expect(run({ kind: 'delayed-step', context, step: deleting })).resolves.toBe('no-longer');
    expect(user()).toBeDefined();
  });

  it('takes nobody for gone who may only be invisible yet when a step is due', async () => {
    const { run, accounts, audit } = await setup();
    await accounts.apply(mia, { kind: 'delete' });
    await expect(run({ kind: 'delayed-step', context, step: deleting })).rejects.toMatchObject({
      code: 'USER_NOT_YET_VISIBLE',
    });
    expect(audit.entries).toEqual([]);
  });

  it('does not delete somebody later who was promoted meanwhile', async () => {
    const { run, user } = await setup({ guarded: { role: 'realm-management/realm-admin' } });
    await expect(run({ kind: 'delayed-step', context, step: deleting })).resolves.toBe('no-longer');
    expect(user()).toBeDefined();
  });

  it('lets a delayed step wait while its rule is stopped', async () => {
    const limit = new FakeLimit(0);
    const { run, user } = await setup({ guarded: { limit } });
    await expect(run({ kind: 'delayed-step', context, step: deleting })).rejects.toMatchObject({
      code: 'RULE_STOPPED',
    });
    expect(user()).toBeDefined();
    limit.raise();
    await expect(run({ kind: 'delayed-step', context, step: deleting })).resolves.toBe('applied');
  });
});
