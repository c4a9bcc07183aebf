import { randomBytes } from 'node:crypto';

import { Shown } from '../../src/approvals/shown.ts';
import { createEffects } from '../../src/execute/effects.ts';
import { createEarlyDisable } from '../../src/execute/early-disable.ts';
import { notingDisables } from '../../src/execute/noted-disable.ts';
import { createUndoEarlyDisable } from '../../src/execute/undo-early-disable.ts';
import { isServiceError } from '../../src/platform/errors.ts';
import type { Registration, UserEvent } from '../../src/ingest/registration.ts';
import type { AuditEntry } from '../../src/jobs/audit.ts';
import { enqueueEvents } from '../../src/jobs/enqueue.ts';
import type { Handler, QueueName } from '../../src/jobs/payloads.ts';
import type { RuleBook, Step } from '../../src/rules/model.ts';
import type { Accounts, Effects } from '../../src/rules/steps/effects.ts';
import { createConfirmations } from '../../workers/confirmations.ts';
import { createDeadlines } from '../../workers/deadlines.ts';
import { createOutcomes } from '../../workers/outcomes.ts';
import { createMail } from '../../workers/mail.ts';
import { createRegistrations } from '../../workers/registrations.ts';
import { createWebhooks } from '../../workers/webhooks.ts';
import { FakeAccounts, type FakeUser } from '../fakes/accounts.ts';
import { FakeAdminEvents } from '../fakes/admin-events.ts';
import { FakeApprovals } from '../fakes/approvals.ts';
import { FakeAudit } from '../fakes/audit.ts';
import { FakeLockouts } from '../fakes/lockouts.ts';
import { FakeLimit, guardsOf } from '../fakes/guards.ts';
import { FakeDigestWindows } from '../fakes/digest-windows.ts';
import { fakeJob, FakeJobs, openLock } from '../fakes/jobs.ts';
import { mia, registeredAt } from '../fakes/registrations.ts';
import { nobodyToAsk } from '../fakes/systems.ts';
import { Crash, Faults } from './faults.ts';
import { FakeDirectory } from '../fakes/directory.ts';

export const step = (uses: Step['uses'], operand: unknown = null, after: number | null = null): Step =>
  ({ uses, with: operand, after }) as Step;

/** Longer than anything waits before it is tried another way: a user's invisibility, an outcome that nobody settles. */
const retryMs = 61_000;

/** Of what approvers saw; the key is in the settings of every process. */
export const shown = new Shown([{ id: 'k1', secret: randomBytes(32) }]);

/** What outlives every process. */
export function createWorld({ user = {}, limit = 1 }: { user?: Partial<FakeUser>; limit?: number } = {}) {
  const accounts = new FakeAccounts();
  accounts.add(mia.userId, { createdAt: registeredAt, ...user });
  return {
    accounts,
    approvals: new FakeApprovals(),
    jobs: new FakeJobs(),
    audit: new FakeAudit(),
    lockouts: new FakeLockouts(),
    limit: new FakeLimit(limit),
    /** What Keycloak's event store has, and from when on it shows it. */
    stored: { registration: null as Registration | null, from: 0 },
    /** Mails by address and id: a mail that is sent twice has the same id. */
    sent: new Set<string>(),
    /** Webhook calls by address and message id: the receiver knows a repeat by the id. */
    called: new Set<string>(),
    clock: { time: registeredAt + 50 },
  };
}
export type World = ReturnType<typeof createWorld>;

/** A process of the service: everything it asks of the world may go wrong once. */
function startProcess(world: World, then: readonly Step[], faults: Faults) {
  const accounts = faults.wrap('accounts', world.accounts);
  const approvals = faults.wrap('approvals', world.approvals);
  const jobs = faults.wrap('jobs', world.jobs);
  const audit = faults.wrap('audit', world.audit);
  const lockouts = faults.wrap('lockouts', world.lockouts);
  const noted = notingDisables(accounts, lockouts);
  const server = faults.wrap('mail', {
    send: async (to: string, id: string) => void world.sent.add(`${to} ${id}`),
  });
  const receiver = faults.wrap('webhook', {
    call: async (url: string, id = '') => void world.called.add(`${url} ${id}`),
  });
  const now = () => world.clock.time;
  const rule = { name: 'the rule', file: 'portal.yaml', line: 4, when: null, then, dryRun: false };
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
  const book: RuleBook = { version: 'v1', files };
  const rules = () => book;
  const adminEvents = faults.wrap('admin events', new FakeAdminEvents());
  const maxAgeMs = 86_400_000;
  const setUpAt = () => Promise.resolve(0);
  const { guards, protection, report } = guardsOf({ limit: faults.wrap('limit', world.limit), now });
  const effectsOn = (target: Accounts) =>
    createEffects({
      accounts: target,
      adminEvents,
      approvals,
      lockouts,
      jobs,
      directory: new FakeDirectory(),
      now,
    });
  const effects = effectsOn(noted);
  const undoWith = (theirs: Effects) =>
    createUndoEarlyDisable({ effects: theirs, lockouts, jobs, audit, log: { warn: () => undefined }, now });
  const earlyDisable = createEarlyDisable({
    rules,
    users: accounts,
    accounts: noted,
    lockouts,
    protection,
    undo: undoWith(effects),
    setUpAt,
    now,
    maxAgeMs,
  });
  const afterEarlyDisable = effectsOn(earlyDisable.accounts);
  const undo = undoWith(afterEarlyDisable);
  const store = faults.wrap('event store', {
    registration: async () => (world.stored.from <= now() ? world.stored.registration : null),
    kept: async () => ({ registrations: true }),
  });
  const admit = (events: readonly UserEvent[]): Promise<void> => enqueueEvents(jobs, events, 'kafka');
  const common = { rules, approvals, users: accounts, effects, guards, lock: openLock, audit, ask: nobodyToAsk, now };
  return {
    earlyDisable,
    registrations: createRegistrations({
      ...common,
      users: earlyDisable.users,
      effects: afterEarlyDisable,
      undo,
      counters: { count: () => Promise.resolve(1) },
      lockouts,
      adminEvents,
      report,
      metrics: { lockedOut: () => undefined },
      recall: async (registration) => registration,
      setUpAt,
      otherRules: () => null,
      store,
      onUnknownHeaders: () => undefined,
      maxAgeMs,
    }),
    admit,
    confirmations: createConfirmations({
      rules,
      store,
      onConfirmed: (registration) => admit([{ kind: 'registered', registration, proof: 'stored' }]),
      report,
      audit,
      setUpAt,
      now,
    }),
    outcomes: createOutcomes({ ...common, shown, adminEvents, jobs, remembered: async () => undefined }),
    deadlines: createDeadlines({
      ...common,
      directory: new FakeDirectory(),
      signs: accounts,
      undo,
      jobs,
      log: { warn: () => undefined },
      reconcile: () => Promise.resolve('0 seen'),
    }),
    mail: createMail({
      ...common,
      jobs,
      windows: new FakeDigestWindows(now),
      stateOf: async () => 'unknown',
      async send(to, { key }, beforeEnd) {
        await beforeEnd();
        await server.send(to, key);
      },
      linkFor: (_approval, approver) => `https://vestibule.test/approvals/${approver}`,
    }),
    webhooks: createWebhooks({
      call: (url, { headers }) => receiver.call(url, headers['webhook-id']),
      secret: Buffer.alloc(32).toString('base64'),
      now,
    }),
  };
}
type Process = ReturnType<typeof startProcess>;

/** Drives jobs to their end as the queue would: what failed or died is tried again, by a process of its own if need be. */
export class Driver {
  readonly world: World;
  readonly #then: readonly Step[];
  readonly #faults: Faults;
  #way: Faults;
  #process: Process;
  readonly #done = new Set<string>();

  constructor(world: World, then: readonly Step[], faults: Faults) {
    this.world = world;
    this.#then = then;
    this.#faults = faults;
    this.#way = faults;
    this.#process = startProcess(world, then, faults);
  }

  get process(): Process {
    return this.#process;
  }

  async finish<Name extends QueueName>(
    job: ReturnType<typeof fakeJob<Name>>,
    handlerOf: (process: Process) => Handler<Name>,
  ): Promise<void> {
    for (let attempt = 1; attempt < 6; attempt++) {
      const kept = this.#faults === this.#way ? this.#faults.wrap('job', job) : job;
      try {
        await Promise.race([handlerOf(this.#process)(kept), this.#way.crashed]);
        return;
      } catch (error) {
        this.#recover(error);
      }
    }
    throw new Error('never got done');
  }

  /** Hands events over as the consumer does: it repeats until they are durable. */
  async deliver(events: readonly UserEvent[]): Promise<void> {
    const record = fakeJob<'deadlines'>({ kind: 'sweep' });
    await this.finish(record, (process) => async () => {
      await process.admit(events);
      return 'enqueued';
    });
  }

  #recover(error: unknown): void {
    const causes: unknown[] = error instanceof AggregateError ? error.errors : [error];
    for (const cause of causes) {
      if (cause instanceof Crash) {
        this.#way = new Faults();
        this.#process = startProcess(this.world, this.#then, this.#way);
      } else if (cause instanceof AggregateError) {
        this.#recover(cause);
      } else if (!isServiceError(cause)) {
        throw cause;
      } else if (cause.code === 'RULE_STOPPED') {
        this.world.limit.raise(); // somebody looked, and set it going
      }
    }
    this.world.clock.time += retryMs;
  }

  /** Does whatever is queued, and what that queues, once each. */
  async drain(): Promise<void> {
    const { jobs } = this.world;
    for (let before = -1; before !== this.#done.size;) {
      before = this.#done.size;
      for (const { id, data } of this.#fresh(jobs.in('confirmations'))) {
        await this.finish(fakeJob<'confirmations'>(data, id), ({ confirmations }) => confirmations);
      }
      for (const { id, data } of this.#fresh(jobs.in('registrations'))) {
        await this.finish(fakeJob<'registrations'>(data, id), ({ registrations }) => registrations);
      }
      for (const { id, data } of this.#fresh(jobs.in('outcomes'))) {
        await this.finish(fakeJob<'outcomes'>(data, id), ({ outcomes }) => outcomes);
      }
      for (const { id, data } of this.#fresh(jobs.in('deadlines'))) {
        await this.finish(fakeJob<'deadlines'>(data, id), ({ deadlines }) => deadlines);
      }
      for (const { id, data } of this.#fresh(jobs.in('mail'))) {
        await this.finish(fakeJob<'mail'>(data, id), ({ mail }) => mail);
      }
      for (const { id, data } of this.#fresh(jobs.in('webhooks'))) {
        await this.finish(fakeJob<'webhooks'>(data, id), ({ webhooks }) => webhooks);
      }
    }
  }

  #fresh<Job extends { readonly id: string }>(jobs: readonly Job[]): readonly Job[] {
    const fresh = jobs.filter(({ id }) => !this.#done.has(id));
    fresh.forEach(({ id }) => this.#done.add(id));
    return fresh;
  }

  /** What became of it all. */
  end() {
    const { accounts, approvals, audit, called, jobs, sent } = this.world;
    return {
      user: accounts.user(mia.userId) ?? 'deleted',
      approvals: approvals.all.map(({ state, settled, heldAccount, waitFor, remindAt }) => ({
        state,
        settled,
        heldAccount,
        waitFor,
        reminded: remindAt === null,
      })),
      queued: (['mail', 'webhooks', 'deadlines'] as const)
        .flatMap((queue) => jobs.in(queue).map(({ id }) => timeless(id)))
        .toSorted(),
      sent: [...sent].map(timeless).toSorted(),
      audited: [...new Set(audit.entries.filter(lasting).map(({ kind, step }) => inShort(kind, step)))].toSorted(),
      called: [...called].toSorted(),
    };
  }
}

/** While the audit fails, a person is disabled until the deletion. The end is the same. */
function lasting({ because }: AuditEntry): boolean {
  return because?.startsWith('the deletion waits') !== true;
}

/** After a deletion whose answer got lost, the next attempt finds nobody: it records that, and not the deletion. */
function inShort(kind: string, step: string | undefined): string {
  if (kind === 'skipped' || step === 'delete-user') {
    return 'gone';
  }
  return `${kind} ${step ?? ''}`.trim();
}

/** The ids of a mail that asks again hold when votes were taken back, which is later where something went wrong before. */
function timeless(id: string): string {
  return id.replace(/(?<=again)-\d{13}|-\d{13}$/, '');
}
