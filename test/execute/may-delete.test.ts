import { describe, expect, it } from '@jest/globals';

import { createEffects } from '../../src/execute/effects.ts';
import { runRegistration } from '../../src/execute/run-registration.ts';
import type { UserRef } from '../../src/ingest/registration.ts';
import { ServiceError } from '../../src/platform/errors.ts';
import type { Rule, Step } from '../../src/rules/model.ts';
import { FakeAccounts } from '../fakes/accounts.ts';
import { FakeAdminEvents } from '../fakes/admin-events.ts';
import { FakeApprovals } from '../fakes/approvals.ts';
import { FakeAudit } from '../fakes/audit.ts';
import { FakeLockouts } from '../fakes/lockouts.ts';
import { guardsOf } from '../fakes/guards.ts';
import { fakeJob, FakeJobs } from '../fakes/jobs.ts';
import { nobodyToAsk } from '../fakes/systems.ts';
import { emptyStore, mia, registeredAt } from '../fakes/registrations.ts';
import { FakeDirectory } from '../fakes/directory.ts';

/** One registration under a rule, with an audit that can be away. */
async function setup(uses: 'delete-user' | 'disable-user' = 'delete-user', enabled = true) {
  const then: Step[] = [{ uses, with: null, after: null }];
  const rule: Rule = { name: 'r', file: 'portal.yaml', line: 4, when: null, then, dryRun: false };
  const files = [
    {
      file: 'portal.yaml',
      realms: ['acme'],
      clients: ['partner-portal'],
      application: 'Portal',
      hold: null,
      rules: [rule],
    },
  ];
  const now = () => registeredAt + 50;
  const accounts = new FakeAccounts();
  accounts.add(mia.userId, { createdAt: registeredAt, enabled });
  const before = await accounts.read(mia);
  let looks = 0;
  const [audit, lockouts, jobs] = [new FakeAudit(), new FakeLockouts(), new FakeJobs()];
  const closed: number[] = [];
  const { guards, report } = guardsOf({ now });
  const deps = {
    rules: () => ({ version: 'v1', files }),
    // As it was when the registration came, unless it is asked for as of now.
    users: { read: async (who: UserRef, when?: 'now') => (when === 'now' ? (looks++, accounts.read(who)) : before) },
    effects: createEffects({
      accounts,
      adminEvents: new FakeAdminEvents(),
      approvals: new FakeApprovals(),
      lockouts,
      jobs,
      directory: new FakeDirectory(),
      now,
    }),
    adminEvents: new FakeAdminEvents(),
    undo: { letGo: () => Promise.resolve(false), ifLetGo: () => Promise.resolve('nothing-to-do') },
    guards,
    lockouts,
    audit,
    metrics: { lockedOut: (_who: unknown, ms: number) => void closed.push(ms) },
    counters: { count: () => Promise.resolve(1) },
    report,
    setUpAt: () => Promise.resolve(0),
    ask: nobodyToAsk,
    otherRules: () => null,
    now,
    store: emptyStore,
    onUnknownHeaders: () => undefined,
    maxAgeMs: 86_400_000,
  };
  const job = fakeJob<'registrations'>({ registration: mia });
  return {
    accounts,
    audit,
    lockouts,
    closed,
    looks: () => looks,
    job,
    run: async () => runRegistration(deps, job, await lockouts.mark(mia)),
    user: () => accounts.user(mia.userId),
    steps: () => audit.entries.filter(({ kind }) => kind === 'step').map(({ step }) => step),
  };
}

describe('src/execute/may-delete', () => {
  it('deletes at once when the audit has the decision for good', async () => {
    const { run, accounts, steps } = await setup();

    await expect(run()).resolves.toBe('applied');

    expect(accounts.calls).toEqual(['delete']);
    expect(steps()).toEqual(['delete-user']);
  });

  it('disables the account while the audit waits for Kafka, and deletes it after that', async () => {
    const { run, accounts, audit, lockouts, user, steps, closed, looks } = await setup();
    audit.state = 'away';

    for (let attempt = 0; attempt < 3; attempt += 1) {
      await expect(run()).rejects.toMatchObject({ code: 'AUDIT_UNAVAILABLE' });
    }
    expect(user()).toMatchObject({ enabled: false });
    expect(await lockouts.claimed(mia)).toBe(true);
    expect(accounts.calls).toEqual(['disable']);
    expect(looks()).toBe(0); // nobody is looked at, and no lockout counted, as long as nothing follows from it
    expect(audit.entries.at(-1)).toMatchObject({ step: 'disable-user', rule: { rule: 'r' }, version: 'v1' });

    audit.state = 'kept';
    await expect(run()).resolves.toBe('applied');
    expect(user()).toBeUndefined();
    expect(steps()).toEqual(['disable-user', 'delete-user']);
    expect(audit.kinds.filter((kind) => kind === 'decided')).toHaveLength(1);
    expect(closed).toEqual([50]);
  });

  it('disables also when the audit takes no entry at all', async () => {
    const { run, audit, user, job } = await setup();
    audit.state = 'full';

    await expect(run()).rejects.toMatchObject({ code: 'AUDIT_UNAVAILABLE' });
    expect(user()).toMatchObject({ enabled: false });
    expect(job.data.progress?.record).toBeDefined(); // no attempt could record it yet

    audit.state = 'kept';
    await run();
    expect(user()).toBeUndefined();
    expect(audit.kinds).toEqual(['decided', 'step']);
  });

  it('disables when the audit does not answer in time', async () => {
    const { run, audit, user, closed } = await setup();
    let answer: () => void = () => undefined;
    audit.keptForGood = () => new Promise((resolve) => (answer = resolve));

    const running = run();
    while (user()?.enabled === true) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    expect(user()).toMatchObject({ enabled: false });
    answer();
    await running;

    expect(user()).toBeUndefined();
    expect(closed).toHaveLength(1);
  });

  it('leaves a person alone whom an administrator enabled meanwhile', async () => {
    const { run, accounts, audit, user } = await setup();
    audit.state = 'away';
    await expect(run()).rejects.toMatchObject({ code: 'AUDIT_UNAVAILABLE' });
    await accounts.apply(mia, { kind: 'enable' });
    audit.state = 'kept';

    await expect(run()).resolves.toBe('no-longer');

    expect(user()).toMatchObject({ enabled: true });
  });

  it.each(['away', 'full'] as const)('goes on to close an account while the audit is %s', async (state) => {
    const { run, audit, user } = await setup('disable-user');
    audit.state = state;

    await run().catch((error: unknown) => expect(error).toMatchObject({ code: 'AUDIT_UNAVAILABLE' }));

    expect(user()).toMatchObject({ enabled: false });
  });

  it('leaves nothing unhandled when the audit fails while a guard is asked', async () => {
    const { run, audit, accounts } = await setup();
    audit.record = () => Promise.reject(new ServiceError('AUDIT_UNAVAILABLE', 'refused'));
    accounts.failures.push({
      call: 'disable',
      error: new ServiceError('KEYCLOAK_UNAVAILABLE', 'away'),
      applied: false,
    });

    await expect(run()).rejects.toMatchObject({ code: 'KEYCLOAK_UNAVAILABLE' });
  });

  it('disables nobody a second time when the audit goes away again', async () => {
    const { run, accounts, audit, closed, steps } = await setup();
    audit.state = 'away';
    await expect(run()).rejects.toMatchObject({ code: 'AUDIT_UNAVAILABLE' });
    audit.state = 'kept';
    const keptForGood = audit.keptForGood.bind(audit);
    let asked = 0;
    audit.keptForGood = async () => {
      audit.state = asked++ === 0 ? 'kept' : 'away';
      return keptForGood();
    };

    await expect(run()).rejects.toMatchObject({ code: 'AUDIT_UNAVAILABLE' });

    expect(accounts.calls).toEqual(['disable']);
    expect(steps()).toEqual(['disable-user']);
    expect(closed).toHaveLength(1);
  });

  it('does not take for its own what somebody else had disabled', async () => {
    const { run, audit, lockouts } = await setup('delete-user', false);
    audit.state = 'away';

    await expect(run()).rejects.toMatchObject({ code: 'AUDIT_UNAVAILABLE' });

    expect(await lockouts.claimed(mia)).toBe(false);
  });

  it('has nothing left to delete where somebody deleted the account meanwhile', async () => {
    const { run, accounts, audit } = await setup();
    audit.state = 'away';
    await expect(run()).rejects.toMatchObject({ code: 'AUDIT_UNAVAILABLE' });
    await accounts.apply(mia, { kind: 'delete' });
    audit.state = 'kept';

    await expect(run()).resolves.toBe('applied');
  });

  it('goes on to close an account at a later attempt, while the audit is still away', async () => {
    const { run, accounts, audit, user } = await setup('disable-user');
    audit.state = 'away';
    const away = new ServiceError('KEYCLOAK_UNAVAILABLE', 'away');
    accounts.failures.push({ call: 'disable', error: away, applied: false });
    await expect(run()).rejects.toBe(away);

    await expect(run()).resolves.toBe('applied');

    expect(user()).toMatchObject({ enabled: false });
  });
});
