import { describe, expect, it } from '@jest/globals';

import { createEffects } from '../../src/carry-out/effects.ts';
import { ServiceError } from '../../src/errors.ts';
import type { Registration } from '../../src/registration/registration.ts';
import type { Condition, Rule, RuleBook, Step } from '../../src/rules/model.ts';
import { createRegistrations } from '../../workers/registrations.ts';
import { FakeAccounts, type FakeUser } from '../fakes/accounts.ts';
import { FakeApprovals } from '../fakes/approvals.ts';
import { requestOf } from '../fakes/approval-requests.ts';
import { FakeAudit } from '../fakes/audit.ts';
import { FakeClosings } from '../fakes/closings.ts';
import { fakeJob, FakeJobs, openLock } from '../fakes/jobs.ts';

const time = Date.parse('2026-11-24T10:00:00Z');
const registration: Registration = {
  eventId: 'bce3463e-13d0-403a-b2c3-67d73239fd4a',
  time,
  realm: 'acme',
  clientId: 'partner-portal',
  userId: 'de2a9363-1d67-4ac1-ac73-5ce556f0bec9',
  ip: '192.0.2.7',
  source: 'form',
  username: 'mia',
  email: 'mia@example.test',
  firstName: 'Mia',
  lastName: 'Meyer',
  locale: null,
};
const closing: Step = { uses: 'disable-user', with: null, after: null };
const holding: Step = {
  uses: 'request-approval',
  with: requestOf({ approvers: [{ email: 'desk@acme.com' }] }),
  after: null,
};
const joining: Step = { uses: 'join-group', with: { group: '/partners' }, after: null };
const telling: Step = { uses: 'notify-user', with: { message: 'refused' }, after: null };

function bookOf(then: readonly Step[], when: Condition | null = null, dryRun = false): RuleBook {
  const rule: Rule = { name: 'the rule', file: 'portal.yaml', line: 4, when, then, dryRun };
  return {
    version: 'v1',
    files: [
      {
        file: 'portal.yaml',
        realms: ['acme'],
        clients: ['partner-portal'],
        application: 'Partner Portal',
        rules: [rule],
      },
    ],
  };
}

function setup({
  then = [closing, joining],
  user = {},
  dryRun = false,
  now = time + 50,
}: Partial<{ then: Step[]; user: Partial<FakeUser> | null; dryRun: boolean; now: number }> = {}) {
  const accounts = new FakeAccounts();
  if (user !== null) {
    accounts.add(registration.userId, { createdAt: time, ...user });
  }
  const jobs = new FakeJobs();
  const approvals = new FakeApprovals();
  const audit = new FakeAudit();
  const closings = new FakeClosings();
  const closed: number[] = [];
  const handle = createRegistrations({
    rules: () => bookOf(then, null, dryRun),
    users: accounts,
    effects: createEffects({ accounts, approvals, jobs, membersOf: () => Promise.resolve([]), now: () => now }),
    counters: { count: () => Promise.resolve(1) },
    closings,
    lock: openLock,
    audit,
    metrics: { doorClosed: (_registration, ms) => void closed.push(ms) },
    now: () => now,
    maxAgeMs: 7 * 24 * 3_600_000,
  });
  const job = fakeJob<'registrations'>({ registration });
  return {
    accounts,
    jobs,
    approvals,
    audit,
    closed,
    closings,
    job,
    run: () => handle(job),
    user: () => accounts.user(registration.userId),
  };
}

describe('workers/registrations', () => {
  it("carries out the steps of the client's rule", async () => {
    const { run, user, audit } = setup();
    await expect(run()).resolves.toBe('applied');
    expect(user()).toMatchObject({ enabled: false, sessions: 0, groups: ['/partners'] });
    expect(audit.kinds).toEqual(['decided', 'step', 'step']);
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
    const { run, accounts, user } = setup();
    accounts.failures.push({
      call: 'joinGroup:/partners',
      error: new ServiceError('KEYCLOAK_UNAVAILABLE', 'away'),
      applied: false,
    });
    await expect(run()).rejects.toMatchObject({ code: 'KEYCLOAK_UNAVAILABLE' });
    await expect(run()).resolves.toBe('applied');
    expect(accounts.calls).toEqual(['disable', 'joinGroup:/partners', 'joinGroup:/partners']);
    expect(user()?.groups).toEqual(['/partners']);
  });

  it('lets in whom it disabled itself, though it died before it could note that', async () => {
    const { accounts, approvals, closings, jobs, job, run } = setup({ then: [holding] });
    // As another instance left it: it meant to disable the account, did so, and was killed.
    await closings.claim(registration.eventId);
    await accounts.disable(registration);
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
    const { run, user, audit } = setup({ user: { createdAt: time - 86_400_000 } });
    await expect(run()).resolves.toBe('refused');
    expect(user()).toMatchObject({ enabled: true, sessions: 1 });
    expect(audit.entries[0]).toMatchObject({
      kind: 'skipped',
      because: 'the account was not created by this registration',
    });
  });

  it('does everything but the effect under a dry run', async () => {
    const { run, user, audit } = setup({ dryRun: true });
    await expect(run()).resolves.toBe('dry-run');
    expect(user()).toMatchObject({ enabled: true, sessions: 1, groups: [] });
    expect(audit.entries[0]).toMatchObject({ kind: 'decided', outcome: 'dry-run' });
  });

  it('keeps no personal data with a finished job', async () => {
    const { run, job } = setup({ then: [closing, telling] });
    await run();
    expect(JSON.stringify(job.data)).not.toMatch(/mia|Meyer|192\.0\.2\.7/);
  });
});
