import { describe, expect, it } from '@jest/globals';

import { settle } from '../../src/approvals/transitions.ts';
import { createEffects } from '../../src/execute/effects.ts';
import { ServiceError } from '../../src/platform/errors.ts';
import type { ApprovalRequest } from '../../src/rules/model.ts';
import { FakeAccounts } from '../fakes/accounts.ts';
import { FakeAdminEvents } from '../fakes/admin-events.ts';
import { requestOf } from '../fakes/approval-requests.ts';
import { FakeApprovals } from '../fakes/approvals.ts';
import { FakeLockouts } from '../fakes/lockouts.ts';
import { FakeJobs } from '../fakes/jobs.ts';
import { mia, context, registeredAt } from '../fakes/registrations.ts';

/** @param members addresses by user id */
function setup(members: Readonly<Record<string, string>> = {}, addressMatters = false, ageMs = 0) {
  const accounts = new FakeAccounts();
  accounts.add(mia.userId);
  const approvals = new FakeApprovals();
  const jobs = new FakeJobs();
  const lockouts = new FakeLockouts();
  const adminEvents = new FakeAdminEvents();
  const effects = createEffects({
    accounts,
    adminEvents,
    approvals,
    lockouts,
    jobs,
    membersOf: async (_realm, _of, except) =>
      Object.entries(members).flatMap(([id, address]) => (id === except ? [] : [{ address, locale: null }])),
    now: () => registeredAt + ageMs,
    addressMatters: () => addressMatters,
  });
  const open = (changes: Partial<ApprovalRequest>) =>
    effects.openApproval(context, requestOf({ approvers: [{ email: 'desk@acme.com' }], ...changes }));
  return { accounts, adminEvents, approvals, lockouts, jobs, effects, open, user: () => accounts.user(mia.userId) };
}

describe('src/execute/effects', () => {
  it('holds the person before anybody is asked', async () => {
    const { open, user, jobs, approvals } = setup();
    await open({});
    expect(user()).toMatchObject({ enabled: false, sessions: 0 });
    expect(approvals.all).toHaveLength(1);
    expect(jobs.in('mail').map(({ data }) => data.kind)).toEqual(['approval-request', 'person']);
  });

  it('asks once, however often the step is repeated', async () => {
    const { open, jobs, approvals } = setup();
    await open({});
    await open({});
    expect(approvals.all).toHaveLength(1);
    expect(jobs.in('mail')).toHaveLength(2);
  });

  it('does not shut out again whom the approvers let in before the step was repeated', async () => {
    const { open, user, approvals, accounts } = setup();
    await open({});
    const [asked] = approvals.all;
    if (asked === undefined) {
      throw new Error('nobody was asked');
    }
    await approvals.replace({ ...settle(asked), state: 'approved' });
    await accounts.apply(mia, { kind: 'enable' });
    await expect(open({})).resolves.toBe('unchanged');
    expect(user()?.enabled).toBe(true);
  });

  describe('while Redis was emptied, and may have lost the approval', () => {
    function emptied(ageMs = 0) {
      const all = setup({}, false, ageMs);
      const error = new ServiceError('REDIS_UNAVAILABLE', 'approvals are being read from Kafka again');
      all.approvals.get = () => Promise.reject(error);
      return { ...all, error };
    }

    it('holds an account that is new, and asks nobody yet', async () => {
      const { open, user, approvals, jobs, error } = emptied();
      await expect(open({})).rejects.toBe(error);
      expect(user()).toMatchObject({ enabled: false });
      expect([approvals.all, jobs.in('mail')]).toEqual([[], []]);
    });

    it('holds no account that this service had disabled before: the approvers may have let the person in', async () => {
      const { open, user, adminEvents, error } = emptied();
      adminEvents.touched = true;
      await expect(open({})).rejects.toBe(error);
      expect(user()).toMatchObject({ enabled: true });
    });

    it('holds no account that is not new', async () => {
      const { open, user, error } = emptied(5 * 60_000);
      await expect(open({})).rejects.toBe(error);
      expect(user()).toMatchObject({ enabled: true });
    });
  });

  it('ends sessions also where the gate is there already: an attempt before may have died between the two', async () => {
    const { open, accounts } = setup();
    accounts.add(mia.userId, { requiredActions: ['vestibule-pending'] });
    await open({ hold: 'gate' });
    expect(accounts.user(mia.userId)).toMatchObject({
      requiredActions: ['vestibule-pending', 'vestibule-waiting'],
      sessions: 0,
    });
  });

  it('holds by the gate also where the provider did not, and ends the session', async () => {
    const { open, user } = setup();
    await open({ hold: 'gate' });
    expect(user()).toMatchObject({
      enabled: true,
      requiredActions: ['vestibule-pending', 'vestibule-waiting'],
      sessions: 0,
    });
  });

  it('asks each member of a group once, whatever the letter case of their address', async () => {
    const { open, approvals } = setup({ a: 'Desk@acme.com', b: 'boss@acme.com' });
    await open({ approvers: [{ email: 'desk@acme.com' }, { group: '/desk' }], need: 'all' });
    expect(approvals.all[0]).toMatchObject({ approvers: ['desk@acme.com', 'boss@acme.com'], need: 2 });
  });

  it('keeps the person held and says so when there is nobody to ask', async () => {
    const { open, user } = setup();
    await expect(open({ approvers: [{ group: '/empty' }] })).rejects.toMatchObject({ code: 'NOBODY_TO_ASK' });
    expect(user()?.enabled).toBe(false);
  });

  it.each([
    ['in the group, by whatever address', { [mia.userId]: 'other@acme.com', b: 'boss@acme.com' }, { group: '/desk' }],
    ['by their address, in capitals', { b: 'boss@acme.com', c: 'MIA@example.test' }, { group: '/desk' }],
    ['named in the rule', { b: 'boss@acme.com' }, { email: 'Mia@Example.test' }],
  ])('never asks the person who registered: %s', async (_, members, ref) => {
    const { open, approvals, jobs } = setup(members);
    await open({ approvers: [ref, { group: '/desk' }], need: 'all' });
    expect(approvals.all[0]).toMatchObject({ approvers: ['boss@acme.com'], need: 1 });
    expect(jobs.in('mail').filter(({ data }) => data.kind === 'approval-request')).toHaveLength(1);
  });

  it('asks nobody, and says so, where the person who registered is the only approver', async () => {
    const { open } = setup({ [mia.userId]: 'mia@example.test' });
    await expect(open({ approvers: [{ group: '/desk' }] })).rejects.toMatchObject({ code: 'NOBODY_TO_ASK' });
  });

  describe('enables again', () => {
    it('whom this system disabled', async () => {
      const { effects, accounts, lockouts, user } = setup();
      await lockouts.claim(mia);
      await accounts.apply(mia, { kind: 'disable' });
      await expect(effects.enableAgain(context)).resolves.toBe('changed');
      expect(user()?.enabled).toBe(true);
    });

    it('not whom somebody else disabled', async () => {
      const { effects, accounts, user } = setup();
      await accounts.apply(mia, { kind: 'disable' });
      await expect(effects.enableAgain(context)).resolves.toEqual({ leftAlone: expect.stringContaining('did not') });
      expect(user()?.enabled).toBe(false);
    });

    it('not whom an administrator disabled as well, and names who and when', async () => {
      const { effects, accounts, adminEvents, lockouts, user } = setup();
      await lockouts.claim(mia);
      await accounts.apply(mia, { kind: 'disable' });
      adminEvents.other = { at: registeredAt + 1_000, by: 'user 42' };
      await expect(effects.enableAgain(context)).resolves.toEqual({
        leftAlone: 'user 42 disabled the account at 2026-11-24T10:00:01.000Z',
      });
      expect(user()?.enabled).toBe(false);
    });

    it('by what the approval knows, where the mark of the event is gone', async () => {
      const { effects, accounts, user } = setup();
      await accounts.apply(mia, { kind: 'disable' });
      await effects.enableAgain({ ...context, disabledHere: true });
      expect(user()?.enabled).toBe(true);
    });
  });

  it('remembers that another step of the rule had disabled the account', async () => {
    const { open, approvals, lockouts } = setup();
    await lockouts.claim(mia);
    await open({ hold: 'none' });
    expect(approvals.all[0]).toMatchObject({ heldAccount: true });
  });

  it('keeps no personal data with a step that was put off', async () => {
    const { effects, jobs } = setup();
    await effects.later(context, { uses: 'delete-user', with: null, after: 1_000 }, 1_000);
    expect(jobs.in('deadlines')[0]).toMatchObject({ delayMs: 1_000 });
    expect(JSON.stringify(jobs.in('deadlines'))).not.toMatch(/mia|Meyer|192\.0\.2\.7/);
  });

  it('keeps the address with it where a rule will ask for it, and nothing else', async () => {
    const { effects, jobs } = setup({}, true);
    await effects.later(context, { uses: 'delete-user', with: null, after: 1_000 }, 1_000);
    expect(JSON.stringify(jobs.in('deadlines'))).toMatch(/192\.0\.2\.7/);
    expect(JSON.stringify(jobs.in('deadlines'))).not.toMatch(/mia|Meyer/);
  });

  it('asks the person to confirm the address first, where Keycloak wants that and the link leads somewhere', async () => {
    const said = async (changes: Partial<ApprovalRequest>, toVerify: boolean) => {
      const { effects, jobs } = setup();
      const why = { ...context, person: { address: 'mia@example.test', locale: 'de', toVerify } };
      await effects.openApproval(why, requestOf({ approvers: [{ email: 'desk@acme.com' }], ...changes }));
      return jobs.in('mail').flatMap(({ data }) => (data.kind === 'person' ? [data.message] : []));
    };
    expect(await said({ hold: 'gate' }, true)).toEqual(['verify']);
    expect(await said({ hold: 'gate' }, false)).toEqual(['pending']);
    expect(await said({ hold: 'account' }, true)).toEqual(['pending']);
    expect(await said({ hold: 'none' }, true)).toEqual(['verify']);
    expect(await said({ hold: 'none' }, false)).toEqual(['pending-open']);
  });

  it('remembers in which language each approver is to be asked', async () => {
    const { accounts, adminEvents, approvals, lockouts, jobs } = setup();
    const effects = createEffects({
      accounts,
      adminEvents,
      approvals,
      lockouts,
      jobs,
      membersOf: async () => [
        { address: 'Anna@acme.com', locale: 'fr' },
        { address: 'bert@acme.com', locale: null },
      ],
      now: () => registeredAt,
    });
    const approvers = [{ email: 'desk@acme.com' }, { group: '/desk' }];
    await effects.openApproval({ ...context, language: 'de' }, requestOf({ approvers }));
    expect(approvals.all[0]).toMatchObject({
      approvers: ['desk@acme.com', 'anna@acme.com', 'bert@acme.com'],
      languages: ['de', 'fr', 'de'],
    });
  });
});
