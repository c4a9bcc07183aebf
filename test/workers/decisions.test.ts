import { describe, expect, it } from '@jest/globals';

import type { Approval } from '../../src/approval/approval.ts';
import { ask } from '../../src/approval/ask.ts';
import { vote } from '../../src/approval/outcome.ts';
import { createEffects } from '../../src/carry-out/effects.ts';
import { ServiceError } from '../../src/errors.ts';
import type { ApprovalRequest, Step } from '../../src/rules/model.ts';
import { createDecisions } from '../../workers/decisions.ts';
import { FakeAccounts, type FakeUser } from '../fakes/accounts.ts';
import { FakeApprovals } from '../fakes/approvals.ts';
import { FakeAudit } from '../fakes/audit.ts';
import { FakeLimit, guardsOf, type GuardsSetup } from '../fakes/guards.ts';
import { fakeJob, FakeJobs, openLock } from '../fakes/jobs.ts';
import { mia, occasion, registeredAt } from '../fakes/registrations.ts';

const request: ApprovalRequest = {
  approvers: [{ email: 'desk@acme.com' }],
  need: 1,
  hold: 'account',
  waitFor: null,
  remindAfter: null,
  expireAfter: 86_400_000,
  approved: [
    { uses: 'join-group', with: { group: '/partners' }, after: null },
    { uses: 'grant-role', with: { client: 'partner-portal', role: 'member' }, after: null },
  ],
  rejected: [{ uses: 'delete-user', with: null, after: null }],
  expired: [],
};

function decided(verdict: 'approve' | 'reject', asked: Partial<ApprovalRequest> = {}, wasEnabled = true): Approval {
  const why = { ...occasion, accountWasEnabled: wasEnabled };
  const approval = ask({
    occasion: why,
    request: { ...request, ...asked },
    approvers: ['desk@acme.com'],
    now: registeredAt,
  });
  const counted = vote(approval, {
    approver: 'desk@acme.com',
    verdict,
    at: registeredAt + 1_000,
    ip: null,
    userAgent: null,
  });
  if ('refused' in counted) {
    throw new Error(counted.refused);
  }
  return { ...counted.next, revision: 1 };
}

async function setup(
  approval: Approval,
  user: Partial<FakeUser> | null = { enabled: false, sessions: 0 },
  guarded: GuardsSetup = {},
  later = 0,
) {
  const accounts = new FakeAccounts();
  if (user !== null) {
    accounts.add(mia.userId, { createdAt: registeredAt, locale: 'de', ...user });
  }
  const jobs = new FakeJobs();
  const approvals = new FakeApprovals();
  const audit = new FakeAudit();
  await approvals.open(approval);
  const now = () => registeredAt + 2_000 + later;
  const handle = createDecisions({
    approvals,
    users: accounts,
    effects: createEffects({ accounts, approvals, jobs, membersOf: () => Promise.resolve([]), now }),
    guards: guardsOf({ now, ...guarded }).guards,
    lock: openLock,
    audit,
    now,
  });
  const job = fakeJob<'decisions'>({ approvalId: approval.id });
  return {
    accounts,
    jobs,
    audit,
    run: () => handle(job),
    user: () => accounts.user(mia.userId),
    approval: () => approvals.get(approval.id),
    told: () => jobs.in('mail').map(({ data }) => (data.kind === 'person' ? [data.to.address, data.message] : [])),
  };
}

describe('workers/decisions', () => {
  it('grants what the rule promises, then opens the account, then tells the person', async () => {
    const { run, accounts, user, approval, told } = await setup(decided('approve'));
    await expect(run()).resolves.toBe('approved');
    expect(accounts.calls).toEqual(['joinGroup:/partners', 'grantRole:partner-portal/member', 'enable']);
    expect(user()).toMatchObject({ enabled: true, groups: ['/partners'], roles: ['partner-portal/member'] });
    expect(told()).toEqual([['mia@example.test', 'approved']]);
    expect(await approval()).toMatchObject({ state: 'approved', settled: true });
  });

  it('leaves the door shut when a grant cannot be made', async () => {
    const { run, accounts, user, approval } = await setup(decided('approve'));
    accounts.failures.push({
      call: 'joinGroup:/partners',
      error: new ServiceError('GROUP_MISSING', 'no group'),
      applied: false,
    });
    await expect(run()).rejects.toMatchObject({ code: 'GROUP_MISSING' });
    expect(user()?.enabled).toBe(false);
    expect(await approval()).toMatchObject({ settled: false });
  });

  it('does not enable an account that somebody else had disabled', async () => {
    const { run, user } = await setup(decided('approve', {}, false));
    await run();
    expect(user()).toMatchObject({ enabled: false, groups: ['/partners'] });
  });

  it('takes the gate away where the gate held the person', async () => {
    const { run, user } = await setup(decided('approve', { hold: 'gate' }), {
      requiredActions: ['vestibule-pending', 'VERIFY_EMAIL'],
    });
    await run();
    expect(user()).toMatchObject({ enabled: true, requiredActions: ['VERIFY_EMAIL'] });
  });

  it('tells a rejected person before the account is deleted', async () => {
    const { run, user, told } = await setup(decided('reject'));
    await expect(run()).resolves.toBe('rejected');
    expect(user()).toBeUndefined();
    expect(told()).toEqual([['mia@example.test', 'rejected']]);
  });

  it('says nothing of its own where the rule has its own words', async () => {
    const rejected = [{ uses: 'notify-user', with: { message: 'refused' }, after: null }] as const;
    const { run, told } = await setup(decided('reject', { rejected }));
    await run();
    expect(told()).toEqual([['mia@example.test', 'refused']]);
  });

  it('does no harm when run twice', async () => {
    const { run, accounts, told } = await setup(decided('approve'));
    await run();
    await expect(run()).resolves.toBe('nothing-to-do');
    expect(accounts.calls).toHaveLength(3);
    expect(told()).toHaveLength(1);
  });

  it('resumes after the step that was done', async () => {
    const { run, accounts } = await setup(decided('approve'));
    const away = new ServiceError('KEYCLOAK_UNAVAILABLE', 'away');
    accounts.failures.push({ call: 'grantRole:partner-portal/member', error: away, applied: true });
    await expect(run()).rejects.toThrow('away');
    await run();
    expect(accounts.calls.filter((call) => call === 'joinGroup:/partners')).toHaveLength(1);
  });

  it('closes the matter when the user is gone', async () => {
    const { run, approval } = await setup(decided('approve'), null, {}, 60_000);
    await expect(run()).resolves.toBe('user-gone');
    expect(await approval()).toMatchObject({ settled: true });
  });

  it('takes nobody for gone who may only be invisible yet', async () => {
    const { run, approval } = await setup(decided('approve'), null);
    await expect(run()).rejects.toMatchObject({ code: 'USER_NOT_YET_VISIBLE' });
    expect(await approval()).toMatchObject({ settled: false });
  });

  it('does nothing about an approval that still waits', async () => {
    const waiting = ask({ occasion, request, approvers: ['desk@acme.com'], now: registeredAt });
    const { run, accounts } = await setup(waiting);
    // Not done with: its id would be taken, and nobody could settle the approval once its outcome is there.
    await expect(run()).rejects.toMatchObject({ code: 'APPROVAL_CONFLICT' });
    expect(accounts.calls).toEqual([]);
  });

  it('does not delete somebody who was promoted meanwhile, and settles', async () => {
    const { run, user, audit, approval } = await setup(
      decided('reject'),
      { enabled: false },
      { role: 'realm-management/view-users' },
    );
    await expect(run()).resolves.toBe('rejected');
    expect(user()).toBeDefined();
    expect(audit.kinds).toEqual(['skipped', 'settled']);
    expect(await approval()).toMatchObject({ settled: true });
  });

  it('lets in whom approvers let in, protected or not', async () => {
    const { run, user } = await setup(decided('approve'), undefined, { users: ['mia'] });
    await run();
    expect(user()).toMatchObject({ enabled: true, groups: ['/partners'] });
  });

  it('waits, and tells nobody, while the rule is stopped', async () => {
    const limit = new FakeLimit(0);
    const { run, user, told } = await setup(decided('reject'), undefined, { limit });
    await expect(run()).rejects.toMatchObject({ code: 'RULE_STOPPED' });
    expect(user()).toMatchObject({ enabled: false });
    expect(told()).toEqual([]);
    limit.raise();
    await expect(run()).resolves.toBe('rejected');
    expect(user()).toBeUndefined();
  });

  it.each([
    ['rejected', 'vestibule-refused'],
    ['expired', 'vestibule-expired'],
  ] as const)('lets whom the gate holds read that the registration is %s', async (state, mark) => {
    const later: Step = { uses: 'delete-user', with: null, after: 2_592_000_000 };
    const approval = { ...decided('reject', { hold: 'gate', rejected: [later], expired: [later] }), state };
    const { run, user } = await setup(approval, { requiredActions: ['vestibule-pending', 'vestibule-waiting'] });
    await run();
    expect(user()?.requiredActions).toEqual(['vestibule-pending', mark]);
  });

  it('takes the mark of the gate away with the hold', async () => {
    const marked = { requiredActions: ['vestibule-pending', 'vestibule-waiting'] };
    const { run, user } = await setup(decided('approve', { hold: 'gate' }), marked);
    await run();
    expect(user()?.requiredActions).toEqual([]);
  });

  it.each([
    [[{ uses: 'delete-user', with: null, after: null }], 'gate', { closed: true, deleted: 'now' }],
    [[{ uses: 'delete-user', with: null, after: 60_000 }], 'account', { closed: true, deleted: registeredAt + 61_000 }],
    [[], 'none', { closed: false, deleted: 'never' }],
  ] as const)('lets the mail know what becomes of the account (%j, hold %s)', async (rejected, hold, fate) => {
    const { run, jobs } = await setup(decided('reject', { hold, rejected }));
    await run();
    expect(jobs.in('mail').map(({ data }) => data)).toContainEqual(expect.objectContaining({ fate }));
  });

  it('promises no deletion of somebody whom a guard keeps from it', async () => {
    const { run, jobs, user } = await setup(decided('reject'), {}, { users: ['mia'] });
    await run();
    expect(user()).toBeDefined();
    expect(jobs.in('mail').map(({ data }) => data)).toContainEqual(
      expect.objectContaining({ message: 'rejected', fate: { closed: true, deleted: 'never' } }),
    );
  });
});
