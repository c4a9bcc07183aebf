import { createEffects } from '../../src/execute/effects.ts';
import type { UsersSoFar } from '../../src/execute/early-disable.ts';
import { createUndoEarlyDisable } from '../../src/execute/undo-early-disable.ts';
import { type Guards } from '../../src/execute/guards.ts';
import type { RegistrationJob } from '../../src/jobs/payloads.ts';
import type { Recall } from '../../src/execute/recall.ts';
import { bareRegistration } from '../../src/jobs/personal-data.ts';
import type { Registration } from '../../src/ingest/registration.ts';
import type { Condition, Rule, RuleBook, Step } from '../../src/rules/model.ts';
import { createRegistrations } from '../../workers/registrations.ts';
import { FakeAccounts, type FakeUser } from './accounts.ts';
import { FakeAdminEvents } from './admin-events.ts';
import { FakeApprovals } from './approvals.ts';
import { requestOf } from './approval-requests.ts';
import { FakeAudit } from './audit.ts';
import { FakeLockouts } from './lockouts.ts';
import { guardsOf, type GuardsSetup } from './guards.ts';
import { fakeJob, FakeJobs, openLock } from './jobs.ts';
import { mia } from './registrations.ts';
import { FakeSystems } from './systems.ts';
import { FakeDirectory } from './directory.ts';

export const time = Date.parse('2026-11-24T10:00:00Z');
export const registration: Registration = { ...mia, time, locale: null };
export const closing: Step = { uses: 'disable-user', with: null, after: null };
export const deleting: Step = { uses: 'delete-user', with: null, after: null };
export const logOut: Step = { uses: 'log-out-user', with: null, after: null };
export const holding = {
  uses: 'request-approval',
  with: requestOf({ approvers: [{ email: 'desk@acme.com' }] }),
  after: null,
} satisfies Step;
export const joining: Step = { uses: 'join-group', with: { group: '/partners' }, after: null };
export const telling: Step = { uses: 'notify-user', with: { message: 'refused' }, after: null };

export function bookOf(then: readonly Step[], when: Condition | null = null, dryRun = false): RuleBook {
  const rule: Rule = { name: 'the rule', file: 'portal.yaml', line: 4, when, then, dryRun };
  return {
    version: 'v1',
    files: [
      {
        file: 'portal.yaml',
        realms: ['acme'],
        clients: ['partner-portal'],
        application: 'Partner Portal',
        hold: null,
        rules: [rule],
      },
    ],
  };
}

/** The registrations worker, with one registration and its user in a world in memory. */
export function setup({
  then = [closing, joining],
  user = {},
  dryRun = false,
  now = time + 50,
  guarded = {},
  guards,
  stored = registration,
  data = { registration },
  when = null,
  setUpAt = 0,
  recall = async ({ eventId }) => (stored?.eventId === eventId ? stored : bareRegistration(registration)),
  early = null,
  counted = 1,
}: Partial<{
  then: Step[];
  user: Partial<FakeUser> | null;
  dryRun: boolean;
  now: number;
  guarded: GuardsSetup;
  guards: Guards;
  /** What the event store has of the registration. */
  stored: Registration | null;
  data: RegistrationJob;
  when: Condition | null;
  setUpAt: number;
  recall: Recall;
  /** The user as a read showed them that was begun when the registration came. */
  early: Partial<FakeUser> | null;
  /** What each count of registrations says. */
  counted: number;
}> = {}) {
  let rules = bookOf(then, when, dryRun);
  const clock = { now };
  const inForce: { other: string | null } = { other: null };
  const { report, refusals, looks, ...made } = guardsOf({ now: () => clock.now, ...guarded });
  const accounts = new FakeAccounts();
  if (user !== null) {
    accounts.add(registration.userId, { createdAt: time, ...user });
  }
  const jobs = new FakeJobs();
  const approvals = new FakeApprovals();
  const audit = new FakeAudit();
  const systems = new FakeSystems();
  const lockouts = new FakeLockouts();
  const adminEvents = new FakeAdminEvents();
  const closed: number[] = [];
  const unknown: (readonly string[])[] = [];
  const effects = createEffects({
    accounts,
    adminEvents,
    approvals,
    lockouts,
    jobs,
    directory: new FakeDirectory(),
    now: () => clock.now,
  });
  const log = { warn: () => undefined };
  const read: UsersSoFar['read'] = async (who, when) => {
    const found = await accounts.read(who);
    return when === 'now' || early === null || found === null ? found : { ...found, ...early };
  };
  const handle = createRegistrations({
    rules: () => rules,
    users: { read },
    effects,
    undo: createUndoEarlyDisable({ effects, lockouts, jobs, audit, log, now: () => now }),
    guards: guards ?? made.guards,
    report,
    counters: { count: () => Promise.resolve(counted) },
    lockouts,
    adminEvents,
    lock: openLock,
    audit,
    metrics: { lockedOut: (_registration, ms) => void closed.push(ms) },
    recall,
    setUpAt: () => Promise.resolve(setUpAt),
    ask: systems.ask,
    otherRules: () => inForce.other,
    store: { registration: () => Promise.resolve(stored) },
    onUnknownHeaders: (_registration, names) => void unknown.push(names),
    now: () => clock.now,
    maxAgeMs: 7 * 24 * 3_600_000,
  });
  const job = fakeJob<'registrations'>(data);
  return {
    accounts,
    adminEvents,
    jobs,
    approvals,
    audit,
    closed,
    lockouts,
    refusals,
    looks,
    job,
    clock,
    inForce,
    systems,
    unknown,
    change: (book: RuleBook) => (rules = book),
    run: () => handle(job),
    user: () => accounts.user(registration.userId),
  };
}
