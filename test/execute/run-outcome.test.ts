import { describe, expect, it } from '@jest/globals';

import { ask } from '../../src/approvals/open.ts';
import type { Approval, StaysDisabled } from '../../src/approvals/approval.ts';
import { noLimit } from '../../src/execute/lockout-limit.ts';
import { ServiceError } from '../../src/platform/errors.ts';
import type { ApprovalRequest, Step } from '../../src/rules/model.ts';
import type { FakeUser } from '../fakes/accounts.ts';
import { FakeLimit } from '../fakes/guards.ts';
import { decided, request, setup } from '../fakes/outcome-run.ts';
import { mia, context, registeredAt } from '../fakes/registrations.ts';

describe('src/execute/run-outcome', () => {
  it('is settled only when its delayed steps and mails cannot be lost any more', async () => {
    const { run, rememberedAt, approval } = await setup(decided('approve'));
    await run();
    expect(rememberedAt).toEqual(['before']);
    expect(await approval()).toMatchObject({ settled: true });
  });

  it.each<[string, Partial<ApprovalRequest>, boolean, string | undefined]>([
    ['tells', {}, true, 'not ours'],
    [
      'tells in the rule’s own mail',
      { rejected: [{ uses: 'notify-user', with: { message: 'rejected' }, after: null }] },
      true,
      'not ours',
    ],
    ['does not tell', {}, false, undefined],
  ])('%s the person why they were rejected, as the approver ticked', async (_, asked, tellReason, reason) => {
    const rejected = decided('reject', asked);
    const votes = rejected.votes.map((vote) => ({ ...vote, reason: 'not ours', ...(tellReason && { tellReason }) }));
    const { run, jobs, approval } = await setup({ ...rejected, votes });
    await run();
    const mails = jobs.in('mail').map(({ data }) => data);
    expect(mails.map((data) => (data.kind === 'person' ? [data.message, data.reason] : []))).toEqual([
      ['rejected', reason],
    ]);
    expect(JSON.stringify(await approval())).not.toContain('not ours');
  });

  it('notes which steps were left out of a protected person, so that no page says that they were done', async () => {
    const rejected = [
      { uses: 'notify', with: { to: ['ops@acme.com'], subject: null }, after: null },
      { uses: 'delete-user', with: null, after: null },
    ] as const;
    const { run, approval, user } = await setup(decided('reject', { rejected }), undefined, { role: 'admin' });
    await run();
    expect(user()).not.toBeNull();
    expect(await approval()).toMatchObject({ state: 'rejected', settled: true, leftOut: [1] });
  });

  it('tells nobody that the account is open if it was disabled by somebody else in the last moment', async () => {
    const { run, adminEvents, approval, told, user } = await setup(decided('approve'));
    const answers = [null, { at: registeredAt + 3_000, by: 'user boss' }];
    adminEvents.disabledByOther = async () => answers.shift() ?? null;
    await run();
    expect(user()).toMatchObject({ enabled: false });
    expect(told()).toEqual([]);
    expect(await approval()).toMatchObject({ settled: true, staysDisabled: 'administrator' });
  });

  it('grants what the rule promises, then opens the account, then tells the person', async () => {
    const { run, accounts, user, approval, told } = await setup(decided('approve'));
    await expect(run()).resolves.toBe('approved');
    expect(accounts.calls).toEqual(['join-group:/partners', 'grant-role:partner-portal/member', 'open-gate', 'enable']);
    expect(user()).toMatchObject({ enabled: true, groups: ['/partners'], roles: ['partner-portal/member'] });
    expect(told()).toEqual([['mia@example.test', 'approved']]);
    expect(await approval()).toMatchObject({ state: 'approved', settled: true });
  });

  it('leaves the door shut when a grant cannot be made', async () => {
    const { run, accounts, user, approval } = await setup(decided('approve'));
    accounts.failures.push({
      call: 'join-group:/partners',
      error: new ServiceError('GROUP_MISSING', 'no group'),
      applied: false,
    });
    await expect(run()).rejects.toMatchObject({ code: 'GROUP_MISSING' });
    expect(user()?.enabled).toBe(false);
    expect(await approval()).toMatchObject({ settled: false });
  });

  describe('leaves an account disabled that somebody else disabled, and tells nobody that it is open', () => {
    const enables = [{ uses: 'enable-user', with: null, after: null }] as const;
    it.each<[string, Partial<ApprovalRequest>, boolean, boolean, StaysDisabled]>([
      ['before this system came to it', {}, false, false, 'not-ours'],
      ['while it waited without a hold', { hold: 'none' }, true, false, 'not-ours'],
      ['while it waited at the gate', { hold: 'gate' }, true, false, 'not-ours'],
      ['and the rule has a step that enables', { hold: 'none', approved: enables }, true, false, 'not-ours'],
      ['while this system held it, by the admin events', {}, true, true, 'administrator'],
    ])('%s', async (_, asked, wasEnabled, byAdministrator, staysDisabled) => {
      const { run, user, told, audit, approval, adminEvents } = await setup(decided('approve', asked, wasEnabled));
      adminEvents.other = byAdministrator ? { at: registeredAt + 500, by: 'user 42' } : null;
      await expect(run()).resolves.toBe('approved');
      expect(user()?.enabled).toBe(false);
      expect(told()).toEqual([]);
      expect(await approval()).toMatchObject({ state: 'approved', settled: true, staysDisabled });
      expect(audit.entries.at(-2)).toMatchObject({
        kind: 'skipped',
        step: 'release',
        because: byAdministrator ? 'user 42 disabled the account at 2026-11-24T10:00:00.500Z' : expect.any(String),
      });
    });
  });

  it('still gives what people decided, and leaves out a welcome that would not be true', async () => {
    const approved = [...request.approved, { uses: 'notify-user', with: { message: 'welcome' }, after: null }] as const;
    const { run, user, told, audit } = await setup(decided('approve', { approved }, false));
    await run();
    expect(user()).toMatchObject({ groups: ['/partners'], roles: ['partner-portal/member'] });
    expect(told()).toEqual([]);
    expect(audit.entries).toContainEqual(expect.objectContaining({ kind: 'skipped', step: 'notify-user' }));
  });

  it('enables by a step of the rule what an earlier step disabled', async () => {
    const enable = { uses: 'enable-user', with: null, after: null } as const;
    const held = { ...decided('approve', { hold: 'none', approved: [enable] }), heldAccount: true };
    const { run, user, told } = await setup(held);
    await run();
    expect(user()?.enabled).toBe(true);
    expect(told()).toEqual([['mia@example.test', 'approved']]);
  });

  describe('when the person is another one than on the page', () => {
    it.each<[string, Partial<FakeUser>]>([
      ['user name', { username: 'eve' }],
      ['address', { email: 'eve@example.test' }],
      ['name', { lastName: 'Boss' }],
    ])('grants nothing and asks again (%s)', async (_, changed) => {
      const { run, accounts, approval, jobs, audit } = await setup(decided('approve'), { enabled: false, ...changed });
      await expect(run()).resolves.toBe('reopened');
      expect(accounts.calls).toEqual([]);
      expect(await approval()).toMatchObject({ state: 'waiting', votes: [], decidedAt: null, settled: false });
      expect(jobs.in('mail').map(({ id }) => id)).toEqual([expect.stringMatching(/^again-\d+-.*-0$/)]);
      expect(audit.kinds).toEqual(['voted', 'reopened']);
    });

    it('asks once, however often it is tried, also after it died before the mails were queued', async () => {
      const { run, jobs, audit, accounts, told } = await setup(decided('approve'), { enabled: false, username: 'eve' });
      const add = jobs.add.bind(jobs);
      jobs.add = () => Promise.reject(new ServiceError('REDIS_UNAVAILABLE', 'away'));
      await expect(run()).rejects.toThrow('away');
      jobs.add = add;
      await expect(run()).resolves.toBe('reopened');
      await expect(run()).resolves.toBe('reopened');
      expect(jobs.in('mail')).toHaveLength(1);
      expect(told()).toEqual([[]]);
      expect(accounts.calls).toEqual([]);
      expect(audit.kinds).toEqual(['voted', 'reopened']);
    });

    it('goes on where only the address was verified, or the account opened', async () => {
      const { run } = await setup(decided('approve'), { enabled: true, emailVerified: true });
      await expect(run()).resolves.toBe('approved');
    });

    it('carries out a rejection all the same', async () => {
      const { run, user } = await setup(decided('reject'), { username: 'eve' });
      await expect(run()).resolves.toBe('rejected');
      expect(user()).toBeUndefined();
    });

    it('finishes what was begun before', async () => {
      const { run, accounts, user } = await setup(decided('approve'));
      const away = new ServiceError('KEYCLOAK_UNAVAILABLE', 'away');
      accounts.failures.push({ call: 'grant-role:partner-portal/member', error: away, applied: false });
      await expect(run()).rejects.toThrow('away');
      accounts.add(mia.userId, { ...user(), username: 'eve' });
      await expect(run()).resolves.toBe('approved');
      expect(user()).toMatchObject({ enabled: true, roles: ['partner-portal/member'] });
    });
  });

  it('does not count the vote of an approver who turns out to be the person', async () => {
    const { run, accounts, approval } = await setup(decided('approve'), { enabled: false, email: 'DESK@acme.com' });
    await expect(run()).resolves.toBe('reopened');
    expect(accounts.calls).toEqual([]);
    expect(await approval()).toMatchObject({ state: 'waiting', votes: [] });
  });

  it('enables nobody whom the rule disabled by a step of its own, and who is approved without a step that enables', async () => {
    const held = { ...decided('approve', { hold: 'none', approved: [] }), heldAccount: true };
    const { run, user, told, approval } = await setup(held);
    await run();
    expect(user()?.enabled).toBe(false);
    expect(told()).toEqual([]);
    expect(await approval()).toMatchObject({ settled: true, staysDisabled: 'rule' });
  });

  it('tells a person who was never held that they are approved', async () => {
    const { run, accounts, told, approval } = await setup(decided('approve', { hold: 'none' }), { enabled: true });
    await run();
    expect(accounts.calls).not.toContain('enable');
    expect(told()).toEqual([['mia@example.test', 'approved']]);
    expect(await approval()).not.toHaveProperty('staysDisabled');
  });

  it('writes to nobody who has no address', async () => {
    const { run, jobs } = await setup(decided('reject'), { enabled: false, email: null });
    await expect(run()).resolves.toBe('rejected');
    expect(jobs.in('mail')).toEqual([]);
  });

  it.each([
    ['Keycloak has', 'fr', 'fr'],
    ['the person registered in', null, 'de'],
  ])('writes in the language that %s', async (_, locale, language) => {
    const { run, jobs } = await setup(decided('reject'), { enabled: false, locale });
    await run();
    expect(jobs.in('mail').map(({ data }) => data)).toMatchObject([{ to: { locale: language } }]);
  });

  it('takes the gate away where the gate held the person', async () => {
    const { run, user } = await setup(decided('approve', { hold: 'gate' }), {
      requiredActions: ['vestibule-pending', 'VERIFY_EMAIL'],
    });
    await run();
    expect(user()).toMatchObject({ enabled: true, requiredActions: ['VERIFY_EMAIL'] });
  });

  it('takes the gate away where the file held at the gate, and the rule disabled the account', async () => {
    const held = { enabled: false, requiredActions: ['vestibule-pending'] };
    const { run, user } = await setup(decided('approve'), held);
    await run();
    expect(user()).toMatchObject({ enabled: true, requiredActions: [] });
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
    expect(accounts.calls).toHaveLength(4);
    expect(told()).toHaveLength(1);
  });

  it('resumes after the step that was done', async () => {
    const { run, accounts } = await setup(decided('approve'));
    const away = new ServiceError('KEYCLOAK_UNAVAILABLE', 'away');
    accounts.failures.push({ call: 'grant-role:partner-portal/member', error: away, applied: true });
    await expect(run()).rejects.toThrow('away');
    await run();
    expect(accounts.calls.filter((call) => call === 'join-group:/partners')).toHaveLength(1);
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

  it('counts and guards nobody again for steps that are done', async () => {
    const limit = new FakeLimit(1);
    const closing: Step = { uses: 'disable-user', with: null, after: null };
    const leaving: Step = { uses: 'leave-group', with: { group: '/guests' }, after: null };
    const { run, accounts, audit } = await setup(
      decided('reject', { hold: 'none', rejected: [closing, leaving] }),
      { enabled: true },
      { limit },
      3_600_000,
    );
    const away = new ServiceError('KEYCLOAK_UNAVAILABLE', 'away');
    accounts.failures.push({ call: 'leave-group:/guests', error: away, applied: false });
    await expect(run()).rejects.toBe(away);
    limit.admit = () => Promise.resolve(false);
    audit.state = 'away';
    await expect(run()).resolves.toBe('rejected');
    expect(accounts.calls.filter((call) => call === 'disable')).toHaveLength(1);
  });

  it('does nothing while Redis has lost the outcome', async () => {
    const waiting = ask({ context, request, approvers: ['desk@acme.com'], now: registeredAt });
    const { runFor, accounts } = await setup(waiting);
    // Not done with: its id would be taken, and nobody could settle the approval once its outcome is there.
    await expect(runFor(waiting.revision + 1)).rejects.toMatchObject({ code: 'APPROVAL_CONFLICT' });
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
    expect(audit.kinds).toEqual(['voted', 'skipped', 'settled']);
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

  it('deletes whoever withdrew, whatever the rule says, and tells them', async () => {
    const approval: Approval = { ...decided('reject', { rejected: [] }), state: 'withdrawn', votes: [] };
    const { run, jobs, audit, user } = await setup(approval);
    await expect(run()).resolves.toBe('withdrawn');
    expect(user()).toBeUndefined();
    expect(audit.kinds).toEqual(['withdrawn', 'step', 'settled']);
    expect(jobs.in('mail').map(({ data }) => data)).toEqual([
      expect.objectContaining({ message: 'withdrawn', fate: { closed: true, deleted: 'now' } }),
    ]);
  });

  it('lets no stopped rule keep a person from withdrawing, and counts none against the rule', async () => {
    const approval: Approval = { ...decided('reject'), state: 'withdrawn', votes: [] };
    const limit = new FakeLimit(0);
    const { run, user } = await setup(approval, {}, { limit });
    await expect(run()).resolves.toBe('withdrawn');
    expect(user()).toBeUndefined();
    expect(await limit.stopped()).toEqual([]);
  });

  it('keeps a protected person who withdrew, holds them still, and says so', async () => {
    const approval: Approval = { ...decided('reject', { hold: 'gate' }), state: 'withdrawn', votes: [] };
    const held = { requiredActions: ['vestibule-pending', 'vestibule-waiting'] };
    const { run, jobs, audit, user } = await setup(approval, held, { users: ['mia'] });
    await run();
    expect(user()?.requiredActions).toEqual(['vestibule-pending', 'vestibule-withdrawn']);
    expect(audit.kinds).toEqual(['withdrawn', 'skipped', 'settled']);
    expect(jobs.in('mail').map(({ data }) => data)).toEqual([
      expect.objectContaining({ message: 'withdrawn', fate: { closed: true, deleted: 'never' } }),
    ]);
  });

  describe('when the person withdraws', () => {
    const boss = { at: registeredAt + 500, by: 'user boss' };
    const withdrawn = (asked: Partial<ApprovalRequest>, wasEnabled = true): Approval => ({
      ...decided('reject', asked, wasEnabled),
      state: 'withdrawn',
      votes: [],
    });

    it.each<[string, Partial<ApprovalRequest>, boolean, typeof boss | null]>([
      ['held account', {}, true, boss],
      ['account at the gate', { hold: 'gate' }, true, null],
      ['open account', { hold: 'none' }, true, null],
      ['account that was disabled before this system came to it', {}, false, null],
    ])('keeps an account that somebody else disabled, and says so: %s', async (_, asked, wasEnabled, other) => {
      const { run, jobs, audit, user, adminEvents } = await setup(withdrawn(asked, wasEnabled));
      adminEvents.other = other;
      await expect(run()).resolves.toBe('withdrawn');
      expect(user()).toMatchObject({ enabled: false });
      expect(audit.entries.filter(({ kind }) => kind === 'skipped')).toEqual([
        expect.objectContaining({ step: 'delete-user', because: expect.stringContaining('somebody else disabled') }),
      ]);
      expect(jobs.in('mail').map(({ data }) => data)).toEqual([
        expect.objectContaining({ message: 'withdrawn', fate: expect.objectContaining({ deleted: 'never' }) }),
      ]);
    });

    it.each<[string, Partial<FakeUser>, boolean]>([
      ['this service disabled it while the deletion waited', { enabled: true }, false],
      ['a delayed step of this service disabled it, by the admin events', { enabled: false }, true],
    ])('deletes an account that nobody else disabled: %s', async (_, account, here) => {
      const { run, audit, user, adminEvents } = await setup(withdrawn({ hold: 'none' }), account);
      adminEvents.here = here;
      audit.state = 'away';
      await expect(run()).rejects.toMatchObject({ code: 'AUDIT_UNAVAILABLE' });
      expect(user()).toMatchObject({ enabled: false });

      audit.state = 'kept';
      await run();
      expect(user()).toBeUndefined();
    });
  });

  it('promises no deletion of somebody whom a guard keeps from it', async () => {
    const { run, jobs, user } = await setup(decided('reject'), {}, { users: ['mia'] });
    await run();
    expect(user()).toBeDefined();
    expect(jobs.in('mail').map(({ data }) => data)).toContainEqual(
      expect.objectContaining({ message: 'rejected', fate: { closed: true, deleted: 'never' } }),
    );
  });

  it('grants nothing and lets nobody in until the audit has the decision for good', async () => {
    const { run, accounts, audit, user, told } = await setup(decided('approve'));
    audit.state = 'away';
    await expect(run()).rejects.toMatchObject({ code: 'AUDIT_UNAVAILABLE', retryable: true });
    expect(accounts.calls).toEqual([]);
    expect(told()).toEqual([]);

    audit.state = 'kept';
    await expect(run()).resolves.toBe('approved');
    expect(user()).toMatchObject({ enabled: true });
  });

  it('closes the account of a rejected person while the deletion waits for the audit', async () => {
    const { run, audit, user } = await setup(decided('reject', { hold: 'none' }), { enabled: true });
    audit.state = 'away';
    await expect(run()).rejects.toMatchObject({ code: 'AUDIT_UNAVAILABLE' });
    expect(user()).toMatchObject({ enabled: false });

    audit.state = 'kept';
    await run();
    expect(user()).toBeUndefined();
  });

  it('does not disable again what is disabled, while the deletion waits for the audit', async () => {
    const { run, audit, accounts } = await setup(decided('reject'));
    audit.state = 'away';
    await expect(run()).rejects.toMatchObject({ code: 'AUDIT_UNAVAILABLE' });
    expect(accounts.calls).not.toContain('disable');
  });

  it('records the vote of a process that died right after it, once', async () => {
    const { run, audit } = await setup(decided('approve'));
    audit.state = 'away';
    await expect(run()).rejects.toMatchObject({ code: 'AUDIT_UNAVAILABLE' });
    audit.state = 'kept';
    await run();
    expect(audit.entries.filter(({ kind }) => kind === 'voted')).toMatchObject([
      { by: 'desk@acme.com', outcome: 'approve, approved', because: 'by link' },
    ]);
  });

  it('fails as a job, and not as a process, when the lockout limit cannot be asked', async () => {
    const away = new ServiceError('REDIS_UNAVAILABLE', 'no answer');
    const limit = { ...noLimit, admit: () => Promise.reject(away) };
    const closing: Step = { uses: 'disable-user', with: null, after: null };
    const { run } = await setup(decided('reject', { rejected: [closing] }), {}, { limit });
    await expect(run()).rejects.toBe(away);
  });
});
