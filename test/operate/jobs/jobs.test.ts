import { describe, expect, it } from '@jest/globals';

import type { StoredJob } from '../../../src/adapters/queue/stored-jobs.ts';
import type { Approval } from '../../../src/approvals/approval.ts';
import type { JobData, QueueName } from '../../../src/jobs/payloads.ts';
import { dropped } from '../../../src/jobs/queues.ts';
import { change, entryOf, neverAfter, obstacleTo } from '../../../src/operate/jobs/change.ts';
import { type JobFilter, matches } from '../../../src/operate/jobs/filter.ts';
import { listed, type ListedJob } from '../../../src/operate/jobs/listed-job.ts';
import { jobAsJson, jobAsText, jobInFull, planAsText } from '../../../src/operate/jobs/print.ts';
import { byId, named } from '../../../src/operate/people.ts';
import type { Step } from '../../../src/rules/model.ts';
import { FakeAudit } from '../../fakes/audit.ts';
import { context, mia, registeredAt } from '../../fakes/registrations.ts';
import { asked } from '../../fakes/stored-approvals.ts';

const rule = { file: 'portal.yaml', line: 4, rule: 'the desk decides' };
const deletion: Step = { uses: 'delete-user', with: null, after: 30 * 86_400_000 };
const group: Step = { uses: 'join-group', with: { group: '/readers' }, after: null };

function stored<Name extends QueueName>(
  queue: Name,
  data: JobData[Name],
  change: Partial<StoredJob> = {},
): StoredJob<Name> {
  const times = { addedAt: registeredAt, plannedFor: registeredAt, dueAt: null, finishedAt: registeredAt + 1_000 };
  return {
    queue,
    id: 'one',
    state: 'failed',
    data,
    attempts: 3,
    ...times,
    reason: 'GROUP_MISSING: no /readers',
    ...change,
  } as StoredJob<Name>;
}

const about = {
  eventId: mia.eventId,
  registeredAt,
  realm: 'acme',
  clientId: 'partner-portal',
  userId: mia.userId,
  source: 'form',
  application: 'P',
  rule: 'r',
};
const progress = {
  decision: { version: 'v1', matched: rule, steps: [group, deletion], application: 'Portal', dryRun: false },
  done: 0,
  person: null,
  accountWasEnabled: true,
};
const registration = stored('registrations', { registration: mia, progress });
const laterDeletion = stored('deadlines', { kind: 'delayed-step', context, step: deletion });
const noApproval = async (): Promise<null> => null;
const list = (job: StoredJob, approval: Approval | null = null) => listed(job, async () => approval);

describe('src/operate/jobs/listed-job', () => {
  it('says whom a job concerns, what is left to do, and the code of its error', async () => {
    expect(await list(registration)).toMatchObject({
      state: 'failed',
      code: 'GROUP_MISSING',
      work: 'join-group /readers, delete-user after 30 days',
      concerns: { realm: 'acme', userId: mia.userId, rule, step: 'join-group' },
    });
  });

  it.each([
    ['GROUP_MISSING: x', 'GROUP_MISSING'],
    ['NO_SUCH_CODE: x', 'UNKNOWN'],
    ['job stalled more than allowable limit', 'UNKNOWN'],
    [null, null],
  ])('reads the code of %j: %j', async (reason, code) => {
    expect((await list({ ...registration, reason })).code).toBe(code);
  });

  it.each<[string, StoredJob]>([
    ['apply the rules', stored('registrations', { registration: mia })],
    ['look for the registration in the event store, and apply the rules', stored('confirmations', mia)],
    ['execute the outcome of the approval', stored('outcomes', { approvalId: 'a', revision: 2 })],
    ['delete-user', laterDeletion],
    ['call the webhook at hooks.test', stored('webhooks', { key: 'k', url: 'https://hooks.test/x?t=1', about })],
    [
      'send the person the mail "welcome"',
      stored('mail', {
        kind: 'person',
        key: 'k',
        to: { address: '', locale: null },
        who: mia,
        message: 'welcome',
        application: 'P',
      }),
    ],
    [
      'remind an approver by mail',
      stored('mail', { kind: 'approval-request', approvalId: 'a', approver: 0, reminder: true }),
    ],
    [
      'send a mail of the step notify',
      stored('mail', { kind: 'notify', key: 'k', to: 'x@y.test', subject: null, about }),
    ],
    [
      'send the mail that the rule "r" is stopped',
      stored('mail', {
        kind: 'rule-stopped',
        key: 'k',
        to: 'x@y.test',
        limit: 1,
        stopped: { ...rule, rule: 'r', realm: 'acme', at: 1 },
      }),
    ],
    [
      'look whether the address is verified, and ask the approvers',
      stored('deadlines', { kind: 'email-verified', realm: 'acme', userId: mia.userId }),
    ],
    [
      'end the approvals of the deleted account',
      stored('deadlines', { kind: 'account-deleted', realm: 'acme', userId: mia.userId }),
    ],
  ])('names the work: %s', async (work, job) => {
    expect((await list(job)).work).toBe(work);
  });

  it('knows the person of an approval, and leaves the approver out', async () => {
    const approval = asked({ approvers: ['desk@acme.test'] });
    const job = stored('mail', { kind: 'approval-request', approvalId: approval.id, approver: 0, reminder: false });
    const { concerns } = await list(job, approval);
    expect(concerns).toMatchObject({ userId: approval.userId, approval: approval.id });
    expect(JSON.stringify(concerns)).not.toContain('desk@');
    expect((await listed(job, noApproval)).concerns).toBeNull();
  });

  it('lists a job of another version, too', async () => {
    const odd = stored('deadlines', { kind: 'delayed-step' } as unknown as JobData['deadlines']);
    expect(await list(odd)).toMatchObject({ work: 'what this version cannot read', concerns: null, id: 'one' });
  });

  it('never holds what the person typed', async () => {
    const jobs = await Promise.all([registration, laterDeletion].map((job) => list(job)));
    expect(JSON.stringify(jobs)).not.toMatch(/mia|Meyer|192\.0\.2/);
  });
});

describe('src/operate/jobs/filter', () => {
  const at = registeredAt + 1_000;
  it.each<[Partial<JobFilter>, boolean]>([
    [{}, true],
    [{ realm: 'acme', client: 'partner-portal', user: mia.userId, code: 'GROUP_MISSING' }, true],
    [{ realm: 'other' }, false],
    [{ client: 'blog' }, false],
    [{ user: 'x' }, false],
    [{ code: 'KEYCLOAK_REFUSED' }, false],
    [{ rule: 'the desk decides' }, true],
    [{ rule: 'portal.yaml' }, true],
    [{ rule: 'portal' }, false],
    [{ since: at }, true],
    [{ since: at + 1 }, false],
    [{ before: at + 1 }, true],
    [{ before: at }, false],
  ])('%j: %j', async (filter, matched) => {
    expect(matches(await list(registration), { queues: [], ...filter })).toBe(matched);
  });
});

describe('src/operate/jobs/change', () => {
  const now = registeredAt + 5_000;
  const obstacle = async (how: 'retry' | 'drop', job: StoredJob) => obstacleTo(how, await list(job), now);

  it.each<['retry' | 'drop', StoredJob, RegExp | null]>([
    ['retry', registration, null],
    ['retry', { ...registration, state: 'active' }, /it runs just now/],
    ['retry', { ...registration, state: 'completed' }, /it is done already/],
    ['retry', { ...registration, state: 'waiting' }, null],
    ['retry', { ...laterDeletion, state: 'delayed', plannedFor: now + 1 }, /not due before 2026-11-24T10:00:05/],
    ['retry', { ...laterDeletion, state: 'delayed', plannedFor: now - 1 }, null],
    ['drop', { ...laterDeletion, state: 'delayed', plannedFor: now + 1 }, null],
    ['drop', { ...registration, state: 'active' }, /it runs just now/],
    ['drop', { ...registration, data: dropped('registrations', registration.data) }, /dropped already/],
    ['drop', stored('outcomes', { approvalId: 'a', revision: 1 }), /the sweep would queue the outcome again/],
    ['retry', stored('outcomes', { approvalId: 'a', revision: 1 }), null],
  ])('%s of %j: %s', async (how, job, because) => {
    const found = await obstacle(how, job);
    expect(found).toEqual(because === null ? null : expect.stringMatching(because));
  });

  const actor = { by: 'olga', reason: 'the group is there now' };

  it('writes who and why to the audit before it changes the job', async () => {
    const audit = new FakeAudit();
    const seen: string[][] = [];
    const jobs = { retry: async () => seen.push([...audit.kinds]) > 0, drop: async () => false };
    const job = await list(registration);
    expect(await change('retry', { job, stored: registration }, actor, { jobs, audit })).toBe('changed');
    expect(seen).toEqual([['retried']]);
    expect(audit.entries).toEqual([
      expect.objectContaining({
        kind: 'retried',
        by: 'olga',
        because: 'the group is there now',
        userId: mia.userId,
        rule,
      }),
    ]);
  });

  it('says in the audit that a change came too late', async () => {
    const audit = new FakeAudit();
    const jobs = { retry: async () => true, drop: async () => false };
    const job = await list(registration);
    expect(await change('drop', { job, stored: registration }, actor, { jobs, audit })).toBe('too-late');
    expect(audit.kinds).toEqual(['dropped', 'skipped']);
  });

  it('changes nothing while the audit cannot be written', async () => {
    let changed = 0;
    const jobs = { retry: async () => Boolean(++changed), drop: async () => Boolean(++changed) };
    const audit = { record: async () => Promise.reject(new Error('away')) };
    const job = await list(registration);
    await expect(change('retry', { job, stored: registration }, actor, { jobs, audit })).rejects.toThrow('away');
    expect(changed).toBe(0);
  });

  it('has no entry for a job that concerns no one person', async () => {
    expect(entryOf('retry', { ...(await list(registration)), concerns: null }, actor)).toBeNull();
    expect(neverAfter({ ...(await list(registration)), concerns: null, work: 'send a mail' }, '')).toBe(
      'will never happen: send a mail',
    );
  });

  it('a dropped job keeps its ids and nothing else of the person', () => {
    const { data } = laterDeletion;
    expect(dropped('deadlines', data)).toMatchObject({ dropped: true, kind: 'delayed-step' });
    expect(JSON.stringify(dropped('deadlines', data))).not.toMatch(/mia|Meyer/);
  });
});

describe('src/operate/jobs/print', () => {
  it('shows a job in words, by the id of the person', async () => {
    expect(jobAsText(await list(registration), byId)).toBe(
      `failed registrations/one
  user ${mia.userId} of realm acme, client partner-portal
  join-group /readers, delete-user after 30 days (portal.yaml:4 "the desk decides")
  GROUP_MISSING after 3 attempts, given up 2026-11-24T10:00:01.000Z
`,
    );
  });

  it('names people only where that is asked for', async () => {
    const job = await list(registration);
    const people = await named([mia], async () => ({ username: 'mia', email: 'mia@example.test' }));
    expect(jobAsText(job, people)).toContain(`user ${mia.userId} (mia, mia@example.test) of realm acme`);
    const gone = await named([mia], async () => null);
    expect(jobAsText(job, gone)).toContain(`user ${mia.userId} (deleted) of realm acme`);
    const failing = named([mia], () => Promise.reject(new Error('Keycloak is away')));
    await expect(failing).rejects.toThrow('Keycloak is away');
  });

  it('says what comes first of a job that waits for its time, and of one that is tried again', async () => {
    const due = registeredAt + 60_000;
    const waits: StoredJob = {
      ...laterDeletion,
      state: 'delayed',
      finishedAt: null,
      reason: null,
      dueAt: due,
      plannedFor: due,
    };
    expect(jobAsText(await list(waits), byId)).toContain('due 2026-11-24T10:01:00.000Z');
    const again: StoredJob = { ...waits, reason: 'KEYCLOAK_UNAVAILABLE: away', plannedFor: registeredAt };
    expect(jobAsText(await list(again), byId)).toContain('KEYCLOAK_UNAVAILABLE after 3 attempts');
    expect(jobAsText(await list(again), byId)).toContain('next attempt 2026-11-24T10:01:00.000Z');
  });

  it('shows the error only in full, on one line', async () => {
    const job = await list({ ...registration, reason: 'odd\nnews' });
    expect(jobAsText(job, byId)).not.toContain('odd');
    expect(jobInFull(job, byId)).toContain('  last error: odd news\n');
    expect(jobAsJson(job, byId)).not.toHaveProperty('error');
    expect(jobAsJson(job, byId, true)).toMatchObject({ error: 'odd\nnews', userId: mia.userId, code: 'UNKNOWN' });
  });

  it('plans: how many, of which kind, whom, and the first ten', async () => {
    const job = await list(laterDeletion);
    const many: ListedJob[] = Array.from({ length: 12 }, (_, index) => ({ ...job, id: `job-${index}` }));
    const plan = planAsText('drop', many, byId);
    expect(plan).toContain('drop: 12 jobs, 1 person affected\n  12 of deadlines, failed, GROUP_MISSING\n');
    expect(plan).toContain(`  deadlines/job-0\n    will never happen for user ${mia.userId}: delete-user\n`);
    expect(plan).toContain('and 2 more');
    expect(plan).not.toContain('job-10');
  });
});
