import { describe, expect, it } from '@jest/globals';
import { noLimit } from '../../src/execute/lockout-limit.ts';
import { createGuards } from '../../src/execute/guards.ts';
import { createProtection, type Refusal } from '../../src/execute/protected-users.ts';
import { ServiceError } from '../../src/platform/errors.ts';
import { withoutPersonalData } from '../../src/jobs/queues.ts';
import { conditionByKey } from '../../src/rules/conditions/index.ts';
import type { Condition, Step } from '../../src/rules/model.ts';
import { type FakeUser } from '../fakes/accounts.ts';
import { FakeLimit, type GuardsSetup } from '../fakes/guards.ts';
import {
  time,
  registration,
  closing,
  deleting,
  logOut,
  holding,
  joining,
  telling,
  bookOf,
  setup,
} from '../fakes/registration-run.ts';

const hourLater = time + 3_600_000;

describe('src/execute/run-registration', () => {
  it('asks no Keycloak about what no rule names, also after Redis failed at the end', async () => {
    const recall = () => Promise.reject(new ServiceError('REALM_UNKNOWN', 'Keycloak has no such realm'));
    const { run, change, lockouts, accounts } = setup({ recall });
    change({ ...bookOf([]), files: [] });
    accounts.read = () => Promise.reject(new ServiceError('KEYCLOAK_UNAVAILABLE', 'away'));
    const finish = lockouts.finish.bind(lockouts);
    lockouts.finish = () => Promise.reject(new ServiceError('REDIS_UNAVAILABLE', 'could not change the state'));
    await expect(run()).rejects.toMatchObject({ code: 'REDIS_UNAVAILABLE' });
    lockouts.finish = finish;

    await expect(run()).resolves.toBe('no-rule');
    await expect(run()).resolves.toBe('known'); // a worker that lost its lock may have done all of it
  });

  describe('of a registration that comes again', () => {
    it('does nothing if it was finished, whatever an administrator did since', async () => {
      const { run, lockouts, user, audit, job } = setup({ then: [closing, joining, telling] });
      await lockouts.finish(registration);
      await expect(run()).resolves.toBe('known');
      expect(user()).toMatchObject({ enabled: true, groups: [] });
      expect(audit.kinds).toEqual([]);
      expect(job.data.registration.email).toBeNull();
    });

    it('is finished once its plan is done, and each other end is one as well', async () => {
      for (const options of [{}, { user: null, now: hourLater }, { setUpAt: time + 1 }, { dryRun: true }]) {
        const { run, lockouts } = setup(options);
        await run();
        expect(await lockouts.mark(registration)).toMatchObject({ finished: true });
      }
    });

    it('is not finished while its rule is stopped', async () => {
      const { run, lockouts } = setup({ then: [deleting], guarded: { limit: new FakeLimit(0) } });
      await expect(run()).rejects.toMatchObject({ code: 'RULE_STOPPED' });
      expect(await lockouts.mark(registration)).toMatchObject({ finished: false });
    });

    it('leaves alone a person whom an administrator enabled since, and says who', async () => {
      const { run, lockouts, adminEvents, user, audit } = setup({ now: hourLater });
      await lockouts.claim(registration);
      await lockouts.disabled(registration);
      adminEvents.enabler = { at: time + 60_000, by: 'user boss' };
      await expect(run()).resolves.toBe('let-in');
      expect(user()).toMatchObject({ enabled: true, groups: [] });
      expect(audit.entries.at(-1)?.because).toBe('user boss enabled the account at 2026-11-24T10:01:00.000Z');
    });

    it('also if nothing is remembered of it, and the registration is not new', async () => {
      const { run, adminEvents, user } = setup({ now: hourLater });
      adminEvents.enabler = { at: time + 60_000, by: 'user boss' };
      await expect(run()).resolves.toBe('let-in');
      expect(user()).toMatchObject({ enabled: true });
    });

    it('also if the registration is new, while Redis was emptied and Kafka is not read again', async () => {
      const { run, lockouts, adminEvents, user } = setup();
      lockouts.unsure = true;
      adminEvents.enabler = { at: time + 1_000, by: 'user boss' };
      await expect(run()).resolves.toBe('let-in');
      expect(user()).toMatchObject({ enabled: true });
    });

    it('leaves alone an account that it had disabled and that works, where Keycloak does not show who enabled it', async () => {
      const { run, lockouts, user, audit } = setup({ now: hourLater });
      await lockouts.claim(registration);
      await lockouts.disabled(registration);
      await expect(run()).resolves.toBe('let-in');
      expect(user()).toMatchObject({ enabled: true });
      expect(audit.entries.at(-1)?.because).toMatch(/somebody enabled it since; who, Keycloak does not show/);
    });

    it.each<[string, Parameters<typeof setup>[0], string, Partial<FakeUser>]>([
      ['is disabled', { user: { enabled: false } }, 'applied', { groups: ['/partners'] }],
      ['no rule locks out', { then: [joining] }, 'applied', { groups: ['/partners'] }],
      ['a dry run would lock out', { dryRun: true }, 'dry-run', { groups: [] }],
    ])('does what is left for an account that %s: nobody let that person in', async (_, options, outcome, state) => {
      const { run, lockouts, user, audit } = setup({ now: hourLater, ...options });
      await lockouts.claim(registration);
      await lockouts.disabled(registration);
      await expect(run()).resolves.toBe(outcome);
      expect(user()).toMatchObject(state);
      expect(audit.kinds).not.toContain('skipped');
    });

    it('looks again before it says that somebody enabled the account: it was read early, before it was disabled', async () => {
      const { run, lockouts, user } = setup({ now: hourLater, user: { enabled: false }, early: { enabled: true } });
      await lockouts.claim(registration);
      await lockouts.disabled(registration);
      await expect(run()).resolves.toBe('applied');
      expect(user()).toMatchObject({ enabled: false, groups: ['/partners'] });
    });

    it('ends where the user is gone by then', async () => {
      const { run, lockouts, accounts, audit } = setup({ now: hourLater });
      await lockouts.claim(registration);
      await lockouts.disabled(registration);
      const { read } = accounts;
      let reads = 0;
      accounts.read = async (who) => {
        if (reads++ > 0) {
          await accounts.apply(who, { kind: 'delete' });
        }
        return read(who);
      };
      await expect(run()).resolves.toBe('user-gone');
      expect(audit.entries.at(-1)).toMatchObject({ kind: 'skipped', because: 'the user is gone' });
    });

    it('disables it again while the registration is new', async () => {
      const { run, lockouts, user, audit } = setup();
      await lockouts.claim(registration);
      await lockouts.disabled(registration);
      await expect(run()).resolves.toBe('applied');
      expect(user()).toMatchObject({ enabled: false });
      expect(audit.entries.map(({ step }) => step)).toContain('lock-out-again');
    });

    it('disables an account that was claimed and never disabled, however late: nobody let that person in', async () => {
      const { run, lockouts, user } = setup({ now: hourLater });
      await lockouts.claim(registration);
      await expect(run()).resolves.toBe('applied');
      expect(user()).toMatchObject({ enabled: false });
    });

    it('does not take the disable of somebody else for its own where it may not read the admin events', async () => {
      const { run, adminEvents, approvals } = setup({ then: [holding], user: { enabled: false } });
      adminEvents.disabledHere = () => Promise.reject(new ServiceError('KEYCLOAK_FORBIDDEN', 'no such right'));
      await run();
      expect(approvals.all).toEqual([expect.objectContaining({ heldAccount: false })]);
    });

    it('opens the account at the approval also when the mark is lost, if Keycloak shows who disabled it', async () => {
      const { run, adminEvents, approvals } = setup({ then: [holding], user: { enabled: false } });
      adminEvents.here = true;
      await run();
      expect(approvals.all).toEqual([expect.objectContaining({ heldAccount: true })]);
    });
  });

  it("carries out the steps of the client's rule", async () => {
    const { run, user, audit, lockouts } = setup();
    await expect(run()).resolves.toBe('applied');
    expect(user()).toMatchObject({ enabled: false, sessions: 0, groups: ['/partners'] });
    expect(audit.kinds).toEqual(['decided', 'step', 'step']);
    expect(await lockouts.claimed(registration)).toBe(true);
  });

  it('does not take for its own what somebody else had disabled', async () => {
    const { run, lockouts } = setup({ user: { enabled: false } });
    await expect(run()).resolves.toBe('applied');
    expect(await lockouts.claimed(registration)).toBe(false);
  });

  it('has nothing to do where no rule matches what Keycloak has of the person', async () => {
    const { run, user, audit } = setup({ when: { kind: 'is', key: 'email-verified', operand: true } });
    await expect(run()).resolves.toBe('no-rule');
    expect(user()).toMatchObject({ enabled: true, groups: [] });
    expect(audit.entries).toMatchObject([{ kind: 'decided', outcome: 'no-rule' }]);
  });

  it('has nothing to do where the rule has no step, and keeps nothing of the person', async () => {
    const { run, job, audit } = setup({ then: [], when: { kind: 'is', key: 'email-verified', operand: false } });
    await expect(run()).resolves.toBe('no-rule');
    expect(audit.entries).toMatchObject([{ kind: 'decided', rule: { rule: 'the rule' }, outcome: '' }]);
    expect(JSON.stringify(job.data)).not.toMatch(/mia|Meyer|192\.0\.2/);
  });

  it.each([
    [6, 'applied'],
    [5, 'no-rule'],
  ])('counts the registrations that a rule asks for: %d lead to %s', async (counted, outcome) => {
    const operand = { count: 5, within: 600_000, by: 'client' };
    const { run } = setup({ when: { kind: 'is', key: 'registrations-over', operand }, counted });
    await expect(run()).resolves.toBe(outcome);
  });

  it('has a user who is deleted at the same time as an outcome', async () => {
    const { run, accounts, audit } = setup();
    const gone = new ServiceError('USER_GONE', 'no such user');
    accounts.failures.push({ call: 'disable', error: gone, applied: false });
    await expect(run()).resolves.toBe('user-gone');
    expect(audit.entries.at(-1)).toMatchObject({ kind: 'skipped', because: 'the user is gone' });
  });

  it('gives what a rule has for a person while the audit waits for Kafka, and disables nobody for that', async () => {
    const { run, user, audit } = setup({ then: [joining] });
    audit.state = 'away';
    await expect(run()).resolves.toBe('applied');
    expect(user()).toMatchObject({ enabled: true, groups: ['/partners'] });
  });

  it('lets whom the gate holds read that they were refused, where nobody is asked', async () => {
    const { run, user } = setup({
      then: [{ uses: 'notify-user', with: { message: 'refused' }, after: null }],
      user: { requiredActions: ['vestibule-pending'] },
    });
    await expect(run()).resolves.toBe('applied');
    expect(user()?.requiredActions).toEqual(['vestibule-pending', 'vestibule-refused']);
  });

  it.each([
    ['disable-user', false],
    ['delete-user', undefined],
  ] as const)('locks out and tells a person whom Keycloak should have refused: %s', async (otherwise, enabled) => {
    const refusing: Step = { uses: 'refuse-registration', with: { message: 'closed', otherwise }, after: null };
    const { run, user, jobs, audit } = setup({ then: [refusing] });
    await expect(run()).resolves.toBe('applied');
    expect(user()?.enabled).toBe(enabled);
    expect(jobs.in('mail')).toMatchObject([{ data: { message: 'closed' } }]);
    expect(audit.entries.map(({ kind, step }) => step ?? kind)).toEqual(['decided', otherwise, 'notify-user']);
  });

  describe('a person whom the gate holds until the rules have decided', () => {
    const held = { requiredActions: ['VERIFY_EMAIL', 'vestibule-pending'] };
    const through = ['VERIFY_EMAIL'];
    // The rule's seven days.
    const waiting = ['waiting', 'until-1', 'until-2', 'until-4', 'until-days'].map((mark) => `vestibule-${mark}`);
    const calling: Step = { uses: 'webhook', with: { url: 'https://crm.test' }, after: null };
    const later: Step = { uses: 'delete-user', with: null, after: 86_400_000 };
    const atGate: Step = { ...holding, with: { ...holding.with, hold: 'gate' } };
    const open: Step = { ...holding, with: { ...holding.with, hold: 'none' } };
    const never: Condition = { kind: 'is', key: 'source', operand: ['broker:*'] };

    const adding: Step = { uses: 'add-required-action', with: { action: 'TERMS' }, after: null };

    it('waits for nothing that is noted of the steps; it is noted after the release, all at once and in order', async () => {
      const { run, accounts, audit } = setup({ then: [joining, adding], user: held });
      const happened: string[] = [];
      const apply = accounts.apply.bind(accounts);
      accounts.apply = (who, change) => apply(who, change).finally(() => happened.push(change.kind));
      const record = audit.record.bind(audit);
      audit.record = async (entry) => {
        happened.push(`note ${entry.step ?? entry.kind}`);
        await new Promise((resolve) => setImmediate(resolve));
        happened.push(`noted ${entry.step ?? entry.kind}`);
        return record(entry);
      };
      await expect(run()).resolves.toBe('applied');
      const steps = ['join-group', 'add-required-action', 'release'];
      expect(happened.filter((what) => !what.endsWith('decided'))).toEqual([
        'join-group',
        'add-required-action',
        'open-gate',
        ...steps.map((step) => `note ${step}`),
        ...steps.map((step) => `noted ${step}`),
      ]);
    });

    it('is tried again where an entry cannot be noted, and meets none of this attempt', async () => {
      const { run, audit } = setup({ then: [joining], user: held });
      let ended = false;
      const record = audit.record.bind(audit);
      audit.record = async (entry) => {
        if (entry.step === 'join-group') {
          throw new Error('full');
        }
        await new Promise((resolve) => setImmediate(resolve));
        ended = entry.step === 'release';
        return record(entry);
      };
      await expect(run()).rejects.toThrow('full');
      expect(ended).toBe(true);
    });

    it('is tried again where the gate does not open, when all is noted of the steps before', async () => {
      const { run, accounts, audit } = setup({ then: [joining], user: held });
      const apply = accounts.apply.bind(accounts);
      accounts.apply = (who, change) =>
        change.kind === 'open-gate' ? Promise.reject(new Error('away')) : apply(who, change);
      const record = audit.record.bind(audit);
      audit.record = async (entry) => {
        await new Promise((resolve) => setImmediate(resolve));
        return record(entry);
      };
      await expect(run()).rejects.toThrow('away');
      expect(audit.entries.flatMap(({ step }) => step ?? [])).toEqual(['join-group']);
    });

    const invited: Condition = { kind: 'is', key: 'request-header', operand: { 'x-invited': ['*'] } };

    it.each<[string, Condition]>([
      ['would let the person in', invited],
      ['would keep the person out', { kind: 'not', of: invited }],
    ])('stays there where a rule %s by a header that nobody knows', async (_, when) => {
      const { run, user, accounts, audit, unknown, lockouts } = setup({ when, then: [closing], user: held });
      for (const attempt of [1, 2]) {
        await expect(run()).rejects.toMatchObject({ code: 'HEADERS_UNKNOWN' });
        expect(unknown).toEqual(Array.from({ length: attempt }, () => ['x-invited']));
      }
      expect([user()?.requiredActions, accounts.calls]).toEqual([held.requiredActions, []]);
      expect(audit.entries.map(({ kind, because }) => [kind, because])).toEqual([
        ['waits', 'request headers that rules ask for are not known: x-invited'],
      ]);
      expect(await lockouts.mark(registration)).toMatchObject({ finished: false });
    });

    it.each<[string, Step[], boolean, readonly string[]]>([
      ['is let in by rules that let in', [joining], true, through],
      [
        'is kept out by rules that refuse',
        [{ uses: 'refuse-registration', with: { message: 'closed', otherwise: 'disable-user' }, after: null }],
        false,
        held.requiredActions,
      ],
    ])('%s, also where the file holds nobody', async (_, then, enabled, requiredActions) => {
      const { run, user } = setup({ then, user: held });
      expect(bookOf(then).files.map(({ hold }) => hold)).toEqual([null]);
      await run();
      expect(user()).toMatchObject({ enabled, requiredActions });
    });

    it('is decided anew, without the header, once the rules do not ask for it', async () => {
      const { run, change, user } = setup({ when: invited, then: [closing], user: held });
      await expect(run()).rejects.toMatchObject({ code: 'HEADERS_UNKNOWN' });
      change(bookOf([joining]));
      await expect(run()).resolves.toBe('applied');
      expect(user()?.requiredActions).toEqual(through);
    });

    it.each([
      ['1', ['disable']],
      [null, ['open-gate']],
    ])('is decided by the header that the event store has: %j', async (value, calls) => {
      const stored = { ...registration, headers: { 'x-invited': value } };
      const { run, accounts } = setup({ when: invited, then: [closing], user: held, stored });
      await run();
      expect(accounts.calls).toEqual(calls);
    });

    it('stays there where the event store knows of another header only', async () => {
      const stored = { ...registration, headers: { 'x-other': '1' } };
      const { run } = setup({ when: invited, then: [closing], user: held, stored });
      await expect(run()).rejects.toMatchObject({ code: 'HEADERS_UNKNOWN' });
    });

    it('gets group and role before the gate opens, and mails and calls go out after that', async () => {
      const { run, accounts, jobs, user, audit } = setup({
        then: [calling, { uses: 'notify-user', with: { message: 'welcome' }, after: null }, joining],
        user: held,
      });
      const apply = accounts.apply.bind(accounts);
      accounts.apply = (who, change) => {
        expect([...jobs.in('mail'), ...jobs.in('webhooks')]).toEqual([]);
        return apply(who, change);
      };
      await expect(run()).resolves.toBe('applied');
      expect(accounts.calls).toEqual(['join-group:/partners', 'open-gate']);
      expect([jobs.in('mail').length, jobs.in('webhooks').length]).toEqual([1, 1]);
      expect(user()).toMatchObject({ requiredActions: through, groups: ['/partners'] });
      expect(audit.entries.filter(({ kind }) => kind === 'step').map(({ step }) => step)).toEqual([
        'join-group',
        'release',
        'webhook',
        'notify-user',
      ]);
    });

    it.each<[string, Parameters<typeof setup>[0], string]>([
      ['no rule holds', { then: [closing], when: never }, 'no-rule'],
      ['a rule is a dry run', { then: [closing], dryRun: true }, 'dry-run'],
      ['the account is deleted later', { then: [later] }, 'applied'],
      ['approvers decide about a role, and nothing holds the person', { then: [open] }, 'applied'],
      [
        'the person is protected from what the rule says',
        { then: [closing], guarded: { users: ['mia'] } },
        'protected',
      ],
    ])('is let in where %s', async (_, given, outcome) => {
      const { run, user, audit } = setup({ ...given, user: held });
      await expect(run()).resolves.toBe(outcome);
      expect(user()).toMatchObject({ enabled: true, requiredActions: through });
      expect(audit.entries.filter(({ step }) => step === 'release')).toHaveLength(1);
    });

    it('is let in where no rule file names the client', async () => {
      const { run, change, user, audit } = setup({ user: held });
      const [file] = bookOf([closing]).files;
      change({ version: 'v1', files: file === undefined ? [] : [{ ...file, clients: ['another'] }] });
      await expect(run()).resolves.toBe('no-rule');
      expect(user()?.requiredActions).toEqual(through);
      expect(audit.kinds).toEqual(['decided', 'step']);
    });

    it.each<[string, Parameters<typeof setup>[0], string[]]>([
      ['no rule holds', { then: [closing], when: never }, ['partner-portal']],
      ['no rule names the client', { then: [closing] }, ['another']],
      ['a rule lets the person in', { then: [joining, calling] }, ['partner-portal']],
      ['a rule is a dry run', { then: [closing], dryRun: true }, ['partner-portal']],
      ['the person is protected', { then: [closing], guarded: { users: ['mia'] } }, ['partner-portal']],
    ])('is left to an instance with the rules in force at the door, where by its own %s', async (_, given, clients) => {
      const { run, change, inForce, user, lockouts, accounts } = setup({ ...given, user: held });
      const book = bookOf(given?.then ?? [], given?.when, given?.dryRun);
      change({ ...book, files: book.files.map((file) => ({ ...file, clients })) });
      inForce.other = 'v2';
      await expect(run()).rejects.toMatchObject({ code: 'RULES_NOT_IN_FORCE', details: { inForce: 'v2' } });
      expect([user()?.requiredActions, accounts.calls]).toEqual([held.requiredActions, []]);
      expect(await lockouts.mark(registration)).toMatchObject({ finished: false });
      inForce.other = null; // nobody is alive who has them
      await run();
      expect(user()?.requiredActions).toEqual(through);
    });

    it('is left to such an instance also where its own rules are for another realm', async () => {
      const { run, change, inForce, user } = setup({ user: held });
      change({ ...bookOf([]), files: [] });
      inForce.other = 'v2';
      await expect(run()).rejects.toMatchObject({ code: 'RULES_NOT_IN_FORCE' });
      change({ ...bookOf([atGate]), version: 'v2' });
      inForce.other = null; // the instance that has them takes the job
      await expect(run()).resolves.toBe('applied');
      expect(user()?.requiredActions).toEqual([...held.requiredActions, ...waiting]);
    });

    it('leaves a person to such an instance also where its own rules ask for a header that is not known', async () => {
      const { run, inForce, unknown } = setup({ when: { kind: 'not', of: invited }, then: [closing], user: held });
      inForce.other = 'v2';
      await expect(run()).rejects.toMatchObject({ code: 'RULES_NOT_IN_FORCE' });
      expect(unknown).toEqual([]);
    });

    it('leaves nobody to others whom the decision keeps out, nor whom no gate holds', async () => {
      const kept = setup({ then: [closing], user: held });
      kept.inForce.other = 'v2';
      await expect(kept.run()).resolves.toBe('applied');
      const free = setup({ then: [joining] });
      free.inForce.other = 'v2';
      await expect(free.run()).resolves.toBe('applied');
    });

    it.each<[string, Step[], object]>([
      ['is disabled', [closing, joining], { enabled: false, requiredActions: held.requiredActions }],
      ['waits for approval', [atGate], { requiredActions: [...held.requiredActions, ...waiting] }],
      ['waits for approval with a disabled account', [holding], { enabled: false, ...held }],
      ['is told of a refusal', [telling], { requiredActions: [...held.requiredActions, 'vestibule-refused'] }],
    ])('is not let in who %s', async (_, then, state) => {
      const { run, user } = setup({ then, user: held });
      await run();
      expect(user()).toMatchObject(state);
    });

    it('is not let in who is deleted, nor whom approvers or an administrator have refused before', async () => {
      const deleted = setup({ then: [deleting], user: held });
      await deleted.run();
      expect(deleted.user()).toBeUndefined();
      const refused = { requiredActions: ['vestibule-pending', 'vestibule-refused'] };
      const again = setup({ then: [joining], user: refused });
      await again.run();
      expect(again.user()).toMatchObject(refused);
    });

    it('is not let in by an event that is not about this account', async () => {
      const { run, user } = setup({ then: [joining], user: { ...held, createdAt: time - 3_600_000 } });
      await expect(run()).resolves.toBe('refused');
      expect(user()?.requiredActions).toEqual(held.requiredActions);
    });

    it('stays there while a group cannot be given, and is let in by a later attempt', async () => {
      const { run, accounts, user } = setup({ then: [joining, calling], user: held });
      const error = new ServiceError('KEYCLOAK_UNAVAILABLE', 'away');
      accounts.failures.push({ call: 'join-group:/partners', error, applied: false });
      await expect(run()).rejects.toThrow(error);
      expect(user()?.requiredActions).toEqual(held.requiredActions);
      await expect(run()).resolves.toBe('applied');
      expect(user()).toMatchObject({ requiredActions: through, groups: ['/partners'] });
    });

    it('is looked for in every realm that rules are for, and in no other', async () => {
      const { run, change, user } = setup({ user: held });
      change({ ...bookOf([]), files: [] });
      await expect(run()).resolves.toBe('no-rule');
      expect(user()?.requiredActions).toEqual(held.requiredActions);
    });

    it('is waited for while Keycloak does not show the account yet', async () => {
      const { run } = setup({ then: [closing], when: never, user: null });
      await expect(run()).rejects.toMatchObject({ code: 'USER_NOT_YET_VISIBLE' });
    });
  });

  it('does no harm when run twice', async () => {
    const { run, user, jobs } = setup({ then: [closing, joining, telling] });
    await run();
    await run();
    expect(user()).toMatchObject({ enabled: false, groups: ['/partners'] });
    expect(jobs.in('mail')).toHaveLength(1);
  });

  it('closes the door before it does anything else', async () => {
    const { run, accounts, closed } = setup({ then: [telling, joining, closing] });
    await run();
    expect(accounts.calls[0]).toBe('disable');
    expect(closed).toEqual([50]);
  });

  it('resumes at the step that failed, with the plan it began', async () => {
    const { run, accounts, user, job, audit } = setup();
    accounts.failures.push({
      call: 'join-group:/partners',
      error: new ServiceError('KEYCLOAK_UNAVAILABLE', 'away'),
      applied: false,
    });
    await expect(run()).rejects.toMatchObject({ code: 'KEYCLOAK_UNAVAILABLE' });
    expect(job.data).toMatchObject({ registration, progress: { done: 1 } }); // with what the next step may need
    accounts.read = () => Promise.reject(new Error('what is left keeps nobody out, so nobody has to be looked at'));
    audit.state = 'away';
    await expect(run()).resolves.toBe('applied');
    expect(accounts.calls).toEqual(['disable', 'join-group:/partners', 'join-group:/partners']);
    expect(user()?.groups).toEqual(['/partners']);
  });

  it('lets in whom it disabled itself, though it died before it could note that', async () => {
    const { accounts, approvals, lockouts, jobs, job, run } = setup({ then: [holding] });
    // As another instance left it: it meant to disable the account, did so, and was killed.
    await lockouts.claim(registration);
    await accounts.apply(registration, { kind: 'disable' });
    expect(job.data.progress).toBeUndefined();
    await run();
    expect(approvals.all).toMatchObject([{ heldAccount: true }]);
    expect(jobs.in('mail')).not.toEqual([]);
  });

  it('does not let in whom somebody else had disabled before', async () => {
    const { approvals, run } = setup({ then: [holding], user: { enabled: false } });
    await run();
    expect(approvals.all).toMatchObject([{ heldAccount: false }]);
  });

  it('survives that Keycloak and Kafka are away at the same time', async () => {
    const unhandled: unknown[] = [];
    const note = (reason: unknown): void => void unhandled.push(reason);
    process.on('unhandledRejection', note);
    const away = new ServiceError('KEYCLOAK_UNAVAILABLE', 'Keycloak is away');
    const { audit, run } = setup({
      guards: { ask: () => Promise.reject(away), isStopped: () => Promise.resolve(false) },
    });
    audit.record = async () => {
      await new Promise((resolve) => setTimeout(resolve, 5));
      throw new ServiceError('KAFKA_UNAVAILABLE', 'Kafka is away');
    };
    await expect(run()).rejects.toThrow('Keycloak is away');
    await new Promise((resolve) => setTimeout(resolve, 20));
    process.off('unhandledRejection', note);
    expect(unhandled).toEqual([]);
  });

  it('repeats a step whose outcome a broken connection left unclear', async () => {
    const { run, accounts, user } = setup();
    accounts.failures.push({
      call: 'disable',
      error: new ServiceError('KEYCLOAK_UNAVAILABLE', 'timed out'),
      applied: true,
    });
    await expect(run()).rejects.toThrow('timed out');
    await run();
    expect(user()).toMatchObject({ enabled: false, groups: ['/partners'] });
  });

  it('looks again for a user that is not visible yet', async () => {
    await expect(setup({ user: null }).run()).rejects.toMatchObject({ code: 'USER_NOT_YET_VISIBLE' });
  });

  it('takes a user who stays away as an outcome, not an error', async () => {
    const { run, audit } = setup({ user: null, now: time + 120_000 });
    await expect(run()).resolves.toBe('user-gone');
    expect(audit.kinds).toEqual(['skipped']);
  });

  it('leaves an account alone that is older than its registration event', async () => {
    const { run, user, audit, refusals } = setup({ user: { createdAt: time - 86_400_000 } });
    await expect(run()).resolves.toBe('refused');
    expect(user()).toMatchObject({ enabled: true, sessions: 1 });
    const because = 'the account was not created by this registration';
    expect(audit.entries[0]).toMatchObject({ kind: 'skipped', because });
    expect(refusals).toEqual([{ guard: 'age', because }]);
  });

  it('waits, for as long as it takes, while Keycloak made the account in what our clock calls the future', async () => {
    const { run, user, audit } = setup({ now: time - 600_000 });
    await expect(run()).rejects.toMatchObject({ code: 'CLOCK_BEHIND' });
    expect(user()).toMatchObject({ enabled: true });
    expect(audit.kinds).toEqual([]);
  });

  it.each([
    ['an account that is there for long', { createdAt: time - 86_400_000 }, 'refused'],
    ['nobody', null, 'user-gone'],
  ])('does not wait for a forged registration of the far future of %s', async (_, user, outcome) => {
    const { run } = setup({ user, now: time - 86_400_000 });
    await expect(run()).resolves.toBe(outcome);
  });

  it.each([
    ['before', 1, 'before-set-up', { enabled: true, sessions: 1 }, ['skipped']],
    ['when', 0, 'applied', { enabled: false, sessions: 0 }, undefined],
  ] as const)('handles somebody who registered %s the realm was set up', async (_, later, outcome, state, kinds) => {
    const { run, user, audit } = setup({ setUpAt: time + later, then: [closing, logOut] });
    await expect(run()).resolves.toBe(outcome);
    expect(user()).toMatchObject(state);
    expect(audit.kinds).toEqual(kinds ?? expect.arrayContaining(['decided']));
  });

  it('decides anew about a person at the gate whom a dry run left there', async () => {
    const held = { requiredActions: ['vestibule-pending'] };
    const rules = { then: [closing], user: held };
    const tried = setup({ ...rules, dryRun: true });
    const apply = tried.accounts.apply.bind(tried.accounts);
    tried.accounts.apply = (who, change) =>
      change.kind === 'open-gate' ? Promise.reject(new ServiceError('DRY_RUN', 'waits')) : apply(who, change);
    await expect(tried.run()).rejects.toMatchObject({ code: 'DRY_RUN' });

    const { run, user } = setup({ ...rules, data: tried.job.data });
    await expect(run()).resolves.toBe('applied');
    expect(user()).toMatchObject({ enabled: false, ...held });
  });

  it('does everything but the effect under a dry run', async () => {
    const { run, user, audit } = setup({ dryRun: true });
    await expect(run()).resolves.toBe('dry-run');
    expect(user()).toMatchObject({ enabled: true, sessions: 1, groups: [] });
    expect(audit.entries[0]).toMatchObject({ kind: 'decided', outcome: expect.stringMatching(/^dry-run: [a-z-]+/) });
  });

  it.each([
    ['no rule', { then: [] }, 'no-rule'],
    ['an account that did not come with the event', { user: { createdAt: time - 86_400_000 } }, 'refused'],
    ['a dry run', { dryRun: true }, 'dry-run'],
    ['a user who never came to be', { user: null, now: time + 120_000 }, 'user-gone'],
  ])('keeps no personal data of somebody it had nothing to do about: %s', async (_, options, outcome) => {
    const { run, job } = setup(options);
    await expect(run()).resolves.toBe(outcome);
    expect(JSON.stringify(job.data)).not.toMatch(/mia|Mia|Meyer|192\.0\.2/);
  });

  it('keeps no personal data with a finished job', async () => {
    const { run, job } = setup({ then: [closing, telling] });
    await run();
    expect(JSON.stringify(job.data)).not.toMatch(/mia|Meyer|192\.0\.2\.7/);
  });

  const named = { guard: 'user', because: 'PROTECTED_USERS names this account' } as const;
  const joined = { guard: 'group', because: 'the person is in /staff, which PROTECTED_GROUPS names' } as const;
  const administers = {
    guard: 'role',
    because: 'the person has the administrative role realm-management/manage-users',
  } as const;

  it.each<[string, Step[], GuardsSetup, Refusal]>([
    ['by name', [closing], { users: ['MIA'] }, named],
    ['by id', [closing], { users: [registration.userId] }, named],
    ['by a group', [closing], { groups: ['/staff'], joined: ['/staff'] }, joined],
    ['by a group above theirs', [logOut], { groups: ['/staff'], joined: ['/readers', '/staff/desk'] }, joined],
    ['by an administrative role', [deleting], { role: 'realm-management/manage-users' }, administers],
    ['by a group, from a hold', [holding], { groups: ['/staff'], joined: ['/staff'] }, joined],
  ])('touches nobody who is protected %s, and says so', async (_, then, guarded, refusal) => {
    const { run, user, audit, jobs, refusals } = setup({ then: [...then, telling], guarded });
    await expect(run()).resolves.toBe('protected');
    expect(user()).toMatchObject({ enabled: true, sessions: 1 });
    expect(jobs.in('mail')).toEqual([]);
    const { because } = refusal;
    expect(audit.entries.at(-1)).toMatchObject({ kind: 'skipped', rule: { rule: 'the rule' }, because });
    expect(refusals).toEqual([refusal]);
  });

  it('protects no group whose name only begins the same', async () => {
    const { run, user, refusals } = setup({ guarded: { groups: ['/staff'], joined: ['/staffing', '/other/staff'] } });
    await run();
    expect(user()?.enabled).toBe(false);
    expect(refusals).toEqual([]);
  });

  it('gives protected people what a rule has for them', async () => {
    const { run, user } = setup({ then: [joining], guarded: { users: ['mia'] } });
    await expect(run()).resolves.toBe('applied');
    expect(user()?.groups).toEqual(['/partners']);
  });

  it('asks Keycloak nothing more before it disables somebody new, and looks at their roles when time has passed', async () => {
    const early = setup({ guarded: { role: 'realm-management/manage-users' } });
    await early.run();
    expect(early.looks()).toBe(0);
    expect(early.user()?.enabled).toBe(false);
    const late = setup({ guarded: { role: 'realm-management/manage-users' }, now: time + 3_600_000 });
    await expect(late.run()).resolves.toBe('protected');
    expect(late.user()?.enabled).toBe(true);
  });

  it('looks again before it resumes a plan: somebody may have been promoted', async () => {
    const guarded = { role: null as string | null };
    const privileges = { groups: async () => [], administrativeRole: async () => guarded.role };
    const protection = createProtection({ privileges, users: [], groups: [], report: () => undefined });
    const { run, accounts, user } = setup({
      then: [deleting, joining],
      guards: createGuards({ protection, limit: noLimit, now: () => time + 50 }),
    });
    accounts.failures.push({ call: 'delete', error: new ServiceError('KEYCLOAK_UNAVAILABLE', 'away'), applied: false });
    await expect(run()).rejects.toThrow('away');
    guarded.role = 'realm-management/realm-admin';
    await expect(run()).resolves.toBe('protected');
    expect(user()).toBeDefined();
  });

  it('counts nobody again for what is left of a plan: the rule may have stopped meanwhile', async () => {
    const limit = new FakeLimit(1);
    const { run, user, accounts, clock } = setup({ then: [closing, logOut, joining], guarded: { limit } });
    accounts.failures.push({
      call: 'log-out',
      error: new ServiceError('KEYCLOAK_UNAVAILABLE', 'away'),
      applied: false,
    });
    await expect(run()).rejects.toThrow('away');
    limit.admit = () => Promise.resolve(false); // a minute later, the limit has forgotten the person
    clock.now = hourLater;
    await expect(run()).resolves.toBe('applied');
    expect(user()).toMatchObject({ enabled: false, groups: ['/partners'] });
  });

  it('goes on after a deletion that an earlier attempt did, though there is nobody left to look at', async () => {
    const { run, accounts, user, jobs } = setup({ then: [deleting, telling] });
    accounts.failures.push({ call: 'delete', error: new ServiceError('KEYCLOAK_UNAVAILABLE', 'away'), applied: true });
    await expect(run()).rejects.toThrow('away');
    await expect(run()).resolves.toBe('applied');
    expect(user()).toBeUndefined();
    expect(jobs.in('mail')).toHaveLength(1);
  });

  it('disables whom a stopped rule would delete, and waits', async () => {
    const { run, user, audit, closed, lockouts } = setup({
      then: [deleting, telling],
      guarded: { limit: new FakeLimit(0) },
    });
    const stopped = { code: 'RULE_STOPPED', details: { file: 'portal.yaml', line: 4, rule: 'the rule' } };
    await expect(run()).rejects.toMatchObject(stopped);
    expect(user()).toMatchObject({ enabled: false, sessions: 0 });
    expect(audit.kinds).toEqual(['decided', 'stopped']);
    expect(closed).toEqual([50]);
    expect(await lockouts.claimed(registration)).toBe(true);
    await expect(run()).rejects.toMatchObject({ code: 'RULE_STOPPED' });
    expect(audit.kinds).toEqual(['decided', 'stopped']);
  });

  it('still disables who has just registered when the rule is stopped: the door is no flood away', async () => {
    const { run, user } = setup({ guarded: { limit: new FakeLimit(0) } });
    await expect(run()).resolves.toBe('applied');
    expect(user()).toMatchObject({ enabled: false, groups: ['/partners'] });
  });

  it.each([
    ['disable', closing],
    ['delete', deleting],
  ])('leaves alone who has been in for longer while a rule that would %s is stopped', async (_, step) => {
    const limit = new FakeLimit(0);
    const { run, user } = setup({ then: [step], guarded: { limit }, now: hourLater });
    await expect(run()).rejects.toMatchObject({ code: 'RULE_STOPPED' });
    expect(user()).toMatchObject({ enabled: true, sessions: 1 });
    limit.raise();
    await expect(run()).resolves.toBe('applied');
    expect(user()?.enabled ?? false).toBe(false);
  });

  it('does what waited also if the registration is older by then than any other may be', async () => {
    const limit = new FakeLimit(0);
    const { run, user, clock } = setup({ then: [deleting], guarded: { limit } });
    await expect(run()).rejects.toMatchObject({ code: 'RULE_STOPPED' });
    limit.raise();
    clock.now = time + 8 * 24 * 3_600_000;
    await expect(run()).resolves.toBe('applied');
    expect(user()).toBeUndefined();
  });

  it('lets in whom it had disabled before the rule stopped, when the corrected rules do not shut them out', async () => {
    const limit = new FakeLimit(1);
    const { run, user, audit, clock, change } = setup({ then: [deleting], guarded: { limit } });
    audit.state = 'away';
    await expect(run()).rejects.toMatchObject({ code: 'AUDIT_UNAVAILABLE' });
    audit.state = 'kept';
    clock.now = hourLater;
    const { admit } = limit;
    limit.admit = () => Promise.resolve(false);
    await expect(run()).rejects.toMatchObject({ code: 'RULE_STOPPED' });
    limit.admit = admit;
    change(bookOf([joining]));
    await expect(run()).resolves.toBe('applied');
    expect(user()).toMatchObject({ enabled: true, groups: ['/partners'] });
  });

  it('does what waited when the rule runs again', async () => {
    const limit = new FakeLimit(0);
    const { run, user, change, accounts } = setup({ then: [deleting], guarded: { limit } });
    await expect(run()).rejects.toMatchObject({ code: 'RULE_STOPPED' });
    change(bookOf([deleting]));
    limit.raise();
    await expect(run()).resolves.toBe('applied');
    expect(user()).toBeUndefined();
    expect(accounts.calls).not.toContain('enable');
  });

  it('lets in whom it disabled when the corrected rules do not shut them out', async () => {
    const limit = new FakeLimit(0);
    const { run, user, change, audit } = setup({ then: [deleting], guarded: { limit } });
    await expect(run()).rejects.toMatchObject({ code: 'RULE_STOPPED' });
    change(bookOf([joining]));
    limit.raise();
    await expect(run()).resolves.toBe('applied');
    expect(user()).toMatchObject({ enabled: true, groups: ['/partners'] });
    expect(audit.entries.filter(({ kind }) => kind === 'step').map(({ step }) => step)).toEqual([
      'release',
      'join-group',
    ]);
  });

  it('leaves an account disabled that an administrator disabled as well while the rule was stopped', async () => {
    const limit = new FakeLimit(0);
    const { run, user, change, audit, adminEvents } = setup({ then: [deleting], guarded: { limit } });
    await expect(run()).rejects.toMatchObject({ code: 'RULE_STOPPED' });
    adminEvents.other = { at: time + 1_000, by: 'user 42' };
    change(bookOf([joining]));
    limit.raise();
    await run();
    expect(user()?.enabled).toBe(false);
    expect(audit.entries).toContainEqual(
      expect.objectContaining({ kind: 'skipped', step: 'release', because: expect.stringContaining('user 42') }),
    );
  });

  it('enables nobody by a step whom this system did not disable, and says why', async () => {
    const enabling: Step = { uses: 'enable-user', with: null, after: null };
    const { run, user, audit } = setup({ then: [enabling, joining], user: { enabled: false } });
    await expect(run()).resolves.toBe('applied');
    expect(user()).toMatchObject({ enabled: false, groups: ['/partners'] });
    expect(audit.entries.at(-2)).toMatchObject({
      kind: 'skipped',
      step: 'enable-user',
      because: 'this service did not disable the account, so it does not enable it',
    });
  });

  it('leaves alone whom somebody let in while the rule was stopped', async () => {
    const limit = new FakeLimit(0);
    const { run, user, accounts } = setup({ then: [deleting], guarded: { limit } });
    await expect(run()).rejects.toMatchObject({ code: 'RULE_STOPPED' });
    await accounts.apply(registration, { kind: 'enable' });
    limit.raise();
    await expect(run()).resolves.toBe('no-longer');
    expect(user()).toMatchObject({ enabled: true });
  });

  it('never enables whom somebody else had disabled before', async () => {
    const limit = new FakeLimit(0);
    const { run, user, change, lockouts } = setup({ then: [deleting], user: { enabled: false }, guarded: { limit } });
    await expect(run()).rejects.toMatchObject({ code: 'RULE_STOPPED' });
    expect(await lockouts.claimed(registration)).toBe(false);
    change(bookOf([joining]));
    limit.raise();
    await run();
    expect(user()).toMatchObject({ enabled: false });
  });

  describe('a job that was given up, and is tried again', () => {
    const data = withoutPersonalData('registrations', { registration });
    const office: Condition = {
      kind: 'not',
      of: { kind: 'is', key: 'ip', operand: conditionByKey.get('ip')?.operand.parse('198.51.100.0/24') },
    };
    const atHome: Condition = {
      kind: 'is',
      key: 'ip',
      operand: conditionByKey.get('ip')?.operand.parse('192.0.2.0/24'),
    };

    it('holds nothing of the person', () => {
      expect(JSON.stringify(data)).not.toMatch(/mia|meyer|192\.0\.2/i);
    });

    it('decides on what the event store has of the registration', async () => {
      const { run, user } = setup({ data, when: atHome });
      await expect(run()).resolves.toBe('applied');
      expect(user()).toMatchObject({ enabled: false, groups: ['/partners'] });
    });

    it('decides on the account as it is, when the event store has forgotten', async () => {
      const { run } = setup({ data, stored: null, when: atHome });
      await expect(run()).resolves.toBe('no-rule');
      const other = setup({ data, stored: null, when: office });
      await expect(other.run()).resolves.toBe('applied');
    });

    it('goes on with its plan, and tells the person', async () => {
      const first = setup({ then: [closing, telling] });
      await first.run();
      const { progress } = first.job.data;
      if (progress === undefined) {
        throw new Error('no plan');
      }
      const unfinished = { registration, progress: { ...progress, done: 1 } };
      for (const stored of [registration, null]) {
        const again = setup({
          then: [closing, telling],
          data: withoutPersonalData('registrations', unfinished),
          stored,
          user: { email: 'mia@example.test' },
        });
        await expect(again.run()).resolves.toBe('applied');
        expect(again.accounts.calls).toEqual([]);
        expect(again.jobs.in('mail').map(({ data }) => 'to' in data && data.to)).toEqual([
          { address: 'mia@example.test', locale: null },
        ]);
        expect(JSON.stringify(again.job.data)).not.toMatch(/mia|meyer|192\.0\.2/i);
      }
    });
  });

  it('lets the mails know whether an address is to be confirmed, and what becomes of the account', async () => {
    const { run, jobs } = setup({
      then: [
        { uses: 'notify-user', with: { message: 'refused' }, after: null },
        { uses: 'delete-user', with: null, after: 86_400_000 },
      ],
      user: { requiredActions: ['vestibule-pending', 'VERIFY_EMAIL'] },
    });
    await run();
    expect(jobs.in('mail')[0]?.data).toMatchObject({
      to: { toVerify: true },
      fate: { closed: true, deleted: time + 86_400_000 },
    });
  });

  it('tells nobody that they cannot log in who is neither disabled nor held', async () => {
    const asEarlierVersionsReadThem = { requiredActions: undefined } as unknown as Partial<FakeUser>;
    for (const early of [null, asEarlierVersionsReadThem]) {
      const { run, jobs } = setup({ then: [telling], early });
      await run();
      expect(jobs.in('mail')[0]?.data).toMatchObject({ fate: { closed: false, deleted: 'never' } });
    }
  });
});
