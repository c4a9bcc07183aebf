import { describe, expect, it } from '@jest/globals';

import { settle } from '../../src/approvals/transitions.ts';
import { createEffects } from '../../src/execute/effects.ts';
import { ServiceError } from '../../src/platform/errors.ts';
import type { ApprovalRequest } from '../../src/rules/model.ts';
import type { StepContext } from '../../src/rules/steps/effects.ts';
import { FakeAccounts } from '../fakes/accounts.ts';
import { FakeAdminEvents } from '../fakes/admin-events.ts';
import { requestOf } from '../fakes/approval-requests.ts';
import { FakeApprovals } from '../fakes/approvals.ts';
import { FakeLockouts } from '../fakes/lockouts.ts';
import { FakeJobs } from '../fakes/jobs.ts';
import { mia, context, registeredAt } from '../fakes/registrations.ts';
import { FakeDirectory, member } from '../fakes/directory.ts';

/** @param members addresses by user id */
function setup(members: Readonly<Record<string, string>> = {}, addressMatters = false, ageMs = 0) {
  const accounts = new FakeAccounts();
  accounts.add(mia.userId);
  const approvals = new FakeApprovals();
  const jobs = new FakeJobs();
  const lockouts = new FakeLockouts();
  const adminEvents = new FakeAdminEvents();
  const directory = new FakeDirectory();
  const desk = Object.entries(members).map(([userId, address]) => member(address, { userId }));
  for (const name of ['/desk', 'approver']) {
    directory.members.set(name, desk);
  }
  const effects = createEffects({
    accounts,
    adminEvents,
    approvals,
    lockouts,
    jobs,
    directory,
    now: () => registeredAt + ageMs,
    ...(addressMatters ? { addressMatters: () => true } : {}),
  });
  const open = (changes: Partial<ApprovalRequest>, why = context) =>
    effects.openApproval(why, requestOf({ approvers: [{ email: 'desk@acme.com' }], ...changes }));
  return {
    accounts,
    adminEvents,
    approvals,
    directory,
    lockouts,
    jobs,
    effects,
    open,
    user: () => accounts.user(mia.userId),
  };
}

describe('src/execute/effects', () => {
  it('holds the person before anybody is asked', async () => {
    const { open, user, jobs, approvals, accounts } = setup();
    await expect(open({})).resolves.toBe('changed');
    expect(accounts.calls).toEqual(['disable']);
    expect(jobs.in('deadlines')).toEqual([]);
    expect(user()).toMatchObject({ enabled: false, sessions: 0 });
    expect(approvals.all).toHaveLength(1);
    expect(jobs.in('mail').map(({ data }) => data.kind)).toEqual(['approval-request', 'person']);
  });

  it('asks once, however often the step is repeated', async () => {
    const { open, jobs, approvals } = setup();
    await expect(open({})).resolves.toBe('changed');
    await expect(open({})).resolves.toBe('unchanged');
    expect(approvals.all).toHaveLength(1);
    expect(jobs.in('mail')).toHaveLength(2);
  });

  it('asks also at an attempt after one that died before the mails were queued', async () => {
    const { open, jobs } = setup();
    const add = jobs.add.bind(jobs);
    jobs.add = () => Promise.reject(new ServiceError('REDIS_UNAVAILABLE', 'away'));
    await expect(open({})).rejects.toThrow('away');
    jobs.add = add;
    await open({});
    expect(jobs.in('mail').map(({ data }) => data.kind)).toEqual(['approval-request', 'person']);
  });

  it('holds nobody whom the rule lets in meanwhile', async () => {
    const { open, accounts, jobs } = setup();
    await open({ hold: 'none' });
    expect(accounts.calls).toEqual([]);
    expect(jobs.in('mail').map(({ data }) => data.kind)).toEqual(['approval-request', 'person']);
  });

  it('asks nobody yet where the address has to be verified first, and looks whether it is', async () => {
    const { open, approvals, jobs } = setup();
    await open({ hold: 'gate', waitFor: 'email-verified' });
    expect(jobs.in('mail').map(({ data }) => data.kind)).toEqual(['person']);
    expect(jobs.in('deadlines')).toEqual([
      {
        id: `look-${approvals.all[0]?.id}`,
        data: { kind: 'email-verified', realm: 'acme', userId: mia.userId },
      },
    ]);
  });

  it('asks about a person without an address, who gets no mail', async () => {
    const { open, jobs } = setup();
    await open({ hold: 'gate' }, { ...context, person: null, registration: { ...mia, email: null } });
    expect(jobs.in('mail').map(({ data }) => data.kind)).toEqual(['approval-request']);
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

    it('holds an account that is new also where it may not see what others did', async () => {
      const { open, user, adminEvents, error } = emptied();
      adminEvents.switched = () => Promise.reject(new ServiceError('KEYCLOAK_FORBIDDEN', 'no such right'));
      await expect(open({})).rejects.toBe(error);
      expect(user()).toMatchObject({ enabled: false });
    });

    it.each(['gate', 'none'] as const)('disables nobody whom the rule holds by another way: %s', async (hold) => {
      const { open, user, error } = emptied();
      await expect(open({ hold })).rejects.toBe(error);
      expect(user()).toMatchObject({ enabled: true });
    });

    it('holds nobody for a failure of another system, which says nothing of the approval', async () => {
      const { open, user, approvals } = emptied();
      const away = new ServiceError('KAFKA_UNAVAILABLE', 'away');
      approvals.get = () => Promise.reject(away);
      await expect(open({})).rejects.toBe(away);
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
    const { open, user, directory } = setup();
    directory.members.set('/empty', []);
    await expect(open({ approvers: [{ group: '/empty' }] })).rejects.toMatchObject({
      code: 'NOBODY_TO_ASK',
      details: { file: 'portal.yaml', line: 4, rule: 'the desk decides' },
    });
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

  it.each<[string, Partial<typeof mia>, StepContext['person']]>([
    ['only Keycloak has', { email: null }, { address: 'Mia@example.test', locale: null }],
    ['the registration has, and Keycloak has another', {}, { address: 'mia.new@example.test', locale: null }],
    [
      'Keycloak has, and the registration had another',
      { email: 'old@acme.com' },
      { address: 'mia@example.test', locale: null },
    ],
  ])('never asks the person who registered, at an address that %s', async (_, registered, person) => {
    const { open, approvals } = setup();
    const approvers = [{ email: 'mia@example.test' }, { email: 'boss@acme.com' }];
    await open({ approvers }, { ...context, registration: { ...mia, ...registered }, person });
    expect(approvals.all[0]).toMatchObject({ approvers: ['boss@acme.com'] });
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
    const rejectedBecause = 'because Mia Meyer is not ours';
    const due = await effects.later(
      { ...context, rejectedBecause },
      { uses: 'delete-user', with: null, after: 1_000 },
      1_000,
    );
    expect(due).toBe('2026-11-24T10:00:01.000Z');
    expect(jobs.in('deadlines')[0]).toMatchObject({ delayMs: 1_000 });
    expect(JSON.stringify(jobs.in('deadlines'))).not.toMatch(/mia|Meyer|192\.0\.2\.7/);
  });

  it.each<[string, boolean | undefined, boolean, boolean]>([
    ['the outcome of an approval says so', true, false, true],
    ['the outcome of an approval says no', false, true, false],
    ['the mark says so', undefined, true, true],
    ['nothing says so', undefined, false, false],
  ])('notes with it whether this service disabled the account: %s', async (_, known, claimed, disabledHere) => {
    const { effects, jobs, lockouts } = setup();
    if (claimed) {
      await lockouts.claim(mia);
    }
    const why = known === undefined ? context : { ...context, disabledHere: known };
    await effects.later(why, { uses: 'enable-user', with: null, after: 1_000 }, 1_000);
    expect(jobs.in('deadlines').map(({ data }) => data)).toMatchObject([{ context: { disabledHere } }]);
  });

  it('says of a mail to the person whether there was one, and queues what administrators and systems get', async () => {
    const { effects, jobs } = setup();
    await expect(effects.tellUser(context, 'rejected')).resolves.toBe('changed');
    await expect(effects.tellUser({ ...context, person: null }, 'rejected')).resolves.toBe('unchanged');
    await expect(effects.notify(context, ['desk@acme.com'], null)).resolves.toBe('changed');
    await expect(effects.callWebhook(context, 'https://crm.test')).resolves.toBe('changed');
    expect(jobs.in('mail').map(({ data }) => data.kind)).toEqual(['person', 'notify']);
    expect(jobs.in('webhooks').map(({ data }) => data.url)).toEqual(['https://crm.test']);
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

  it('gives the mail to the person the approval to take back, and notes whether it asked to confirm the address', async () => {
    const opened = async (changes: Partial<ApprovalRequest>, toVerify: boolean) => {
      const { effects, jobs, approvals } = setup();
      const why = { ...context, person: { address: 'mia@example.test', locale: 'de', toVerify } };
      await effects.openApproval(why, requestOf({ approvers: [{ email: 'desk@acme.com' }], ...changes }));
      const [approval] = approvals.all;
      const told = jobs.in('mail').find(({ data }) => data.kind === 'person')?.data;
      expect(told).toMatchObject({ approval: approval?.id });
      return approval?.toldToVerify;
    };
    expect(await opened({ hold: 'gate', waitFor: 'email-verified' }, true)).toBe(true);
    expect(await opened({ hold: 'gate', waitFor: 'email-verified' }, false)).toBeUndefined();
    expect(await opened({ hold: 'gate' }, true)).toBeUndefined(); // approvers are asked at once: nothing follows
    expect(await opened({ hold: 'account', waitFor: 'email-verified' }, true)).toBeUndefined();
  });

  it('remembers in which language and time zone each approver is to be asked', async () => {
    const { open, approvals, directory } = setup();
    directory.members.set('/desk', [
      member('Anna@acme.com', { locale: 'fr', zone: 'Europe/Paris' }),
      member('bert@acme.com'),
      member('desk@acme.com', { locale: 'en' }),
    ]);
    directory.people.set('desk@acme.com', { locale: null, zone: 'Europe/Berlin' });
    const approvers = [{ email: 'desk@acme.com' }, { email: 'list@acme.com' }, { group: '/desk' }];
    await open({ approvers }, { ...context, language: 'de' });
    expect(approvals.all[0]).toMatchObject({
      approvers: ['desk@acme.com', 'list@acme.com', 'anna@acme.com', 'bert@acme.com'],
      languages: ['en', 'de', 'fr', 'de'],
      zones: ['Europe/Berlin', null, 'Europe/Paris', null],
      language: 'de',
      asks: approvers,
    });
  });

  it('asks the holders of a role of a client', async () => {
    const { open, approvals, directory } = setup();
    directory.members.set('portal/approver', [member('anna@acme.com')]);
    await open({ approvers: [{ client: 'portal', role: 'approver' }] });
    expect(approvals.all[0]?.approvers).toEqual(['anna@acme.com']);
  });
});
