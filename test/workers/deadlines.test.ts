import { describe, expect, it } from '@jest/globals';

import type { Approval } from '../../src/approval/approval.ts';
import { ask } from '../../src/approval/ask.ts';
import { createEffects } from '../../src/carry-out/effects.ts';
import type { ApprovalRequest, Condition, Rule, RuleBook, Step } from '../../src/rules/model.ts';
import { createDeadlines } from '../../workers/deadlines.ts';
import { FakeAccounts, type FakeUser } from '../fakes/accounts.ts';
import { FakeAdminEvents } from '../fakes/admin-events.ts';
import { FakeApprovals } from '../fakes/approvals.ts';
import { FakeAudit } from '../fakes/audit.ts';
import { FakeClosings } from '../fakes/closings.ts';
import { FakeLimit, guardsOf, type GuardsSetup } from '../fakes/guards.ts';
import { fakeJob, FakeJobs, openLock } from '../fakes/jobs.ts';
import { mia, occasion, registeredAt } from '../fakes/registrations.ts';

const day = 86_400_000;
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
  const approvals = new FakeApprovals();
  const approval = {
    ...ask({ occasion, request, approvers: ['desk@acme.com', 'boss@acme.com'], now: registeredAt }),
    ...asked,
  };
  await approvals.open(approval);
  const handle = createDeadlines({
    rules: () => bookOf(...rules),
    approvals,
    users: accounts,
    effects: createEffects({
      accounts,
      adminEvents: new FakeAdminEvents(),
      approvals,
      closings: new FakeClosings(),
      jobs,
      membersOf: () => Promise.resolve([]),
      now: () => now,
    }),
    jobs,
    guards: guardsOf({ now: () => now, ...guarded }).guards,
    lock: openLock,
    audit: new FakeAudit(),
    reconcile: () => Promise.resolve('0 seen'),
    now: () => now,
  });
  const run = (data: Parameters<typeof fakeJob<'deadlines'>>[0]) => handle(fakeJob<'deadlines'>(data));
  return {
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
    expect(late.jobs.in('decisions')).toHaveLength(1);
  });

  it('takes up an outcome that nobody carried out', async () => {
    const { run, jobs, approval } = await setup({
      now: registeredAt + 60_000,
      asked: { state: 'approved', decidedAt: registeredAt },
    });
    await run({ kind: 'sweep' });
    expect(jobs.in('decisions').map(({ data }) => data.approvalId)).toEqual([approval.id]);
  });

  it('asks the approvers once the address is verified', async () => {
    const { run, jobs } = await setup({ asked: { waitFor: 'email-verified' }, user: { emailVerified: true } });
    await run({ kind: 'email-verified', realm: 'acme', userId: mia.userId });
    await run({ kind: 'reconcile' });
    expect(jobs.in('mail').map(({ data }) => data.kind === 'approval-request' && data.approver)).toEqual([0, 1]);
  });

  it('notices a verified address also when no event says so', async () => {
    const { run, jobs } = await setup({ asked: { waitFor: 'email-verified' }, user: { emailVerified: true } });
    await run({ kind: 'reconcile' });
    expect(jobs.in('mail')).toHaveLength(2);
  });

  it('closes an approval whose account was deleted by its owner', async () => {
    const { run, current } = await setup();
    await run({ kind: 'account-deleted', realm: 'acme', userId: mia.userId });
    expect(await current()).toMatchObject({ state: 'overtaken', settled: true });
  });

  it('carries a delayed step out when its rule still decides', async () => {
    const { run, user } = await setup();
    await expect(run({ kind: 'delayed-step', occasion, step: deleting })).resolves.toBe('applied');
    expect(user()).toBeUndefined();
  });

  it('leaves a delayed step when another rule would decide by now', async () => {
    const { run, user } = await setup({ rules: [{ name: 'everybody is welcome' }] });
    await expect(run({ kind: 'delayed-step', occasion, step: deleting })).resolves.toBe('no-longer');
    expect(user()).toBeDefined();
  });

  it.each([
    ['above it', [{ name: 'flood', when: flood }, {}]],
    ['of its own', [{ when: flood }, { name: 'others' }]],
  ])('carries a delayed step out although nobody can tell any more what a condition %s counted', async (_, rules) => {
    const { run, user } = await setup({ rules });
    await expect(run({ kind: 'delayed-step', occasion, step: deleting })).resolves.toBe('applied');
    expect(user()).toBeUndefined();
  });

  it('enables later only whom this system disabled', async () => {
    const enabling: Step = { uses: 'enable-user', with: null, after: null };
    const { run, user } = await setup();
    await expect(run({ kind: 'delayed-step', occasion, step: enabling })).resolves.toBe('left-alone');
    expect(user()?.enabled).toBe(false);
    const ours = { ...occasion, disabledHere: true };
    await expect(run({ kind: 'delayed-step', occasion: ours, step: enabling })).resolves.toBe('applied');
    expect(user()?.enabled).toBe(true);
  });

  it('does not delete somebody later whom the rule disabled and somebody enabled', async () => {
    const disabling: Step = { uses: 'disable-user', with: null, after: null };
    const { run, user } = await setup({ rules: [{ then: [disabling, deleting] }], user: { enabled: true } });
    await expect(run({ kind: 'delayed-step', occasion, step: deleting })).resolves.toBe('no-longer');
    expect(user()).toBeDefined();
  });

  it('does not delete somebody later whom an administrator let in meanwhile', async () => {
    const { run, user, approval } = await setup({
      asked: { state: 'rejected', settled: true },
      user: { enabled: true },
    });
    const after = { ...occasion, key: `${approval.id}/rejected/0` };
    await expect(run({ kind: 'delayed-step', occasion: after, step: deleting })).resolves.toBe('no-longer');
    expect(user()).toBeDefined();
  });

  it('does not delete somebody later who was promoted meanwhile', async () => {
    const { run, user } = await setup({ guarded: { role: 'realm-management/realm-admin' } });
    await expect(run({ kind: 'delayed-step', occasion, step: deleting })).resolves.toBe('no-longer');
    expect(user()).toBeDefined();
  });

  it('lets a delayed step wait while its rule is stopped', async () => {
    const limit = new FakeLimit(0);
    const { run, user } = await setup({ guarded: { limit } });
    await expect(run({ kind: 'delayed-step', occasion, step: deleting })).rejects.toMatchObject({
      code: 'RULE_STOPPED',
    });
    expect(user()).toBeDefined();
    limit.raise();
    await expect(run({ kind: 'delayed-step', occasion, step: deleting })).resolves.toBe('applied');
  });
});
