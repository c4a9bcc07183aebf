import { createConfirmations } from '../../workers/confirmations.ts';
import { createDeadlines } from '../../workers/deadlines.ts';
import { createOutcomes } from '../../workers/outcomes.ts';
import { createRegistrations } from '../../workers/registrations.ts';
import type { Keycloak } from '../adapters/keycloak/keycloak.ts';
import { workerConnection } from '../adapters/queue/connection.ts';
import { startWorker } from '../adapters/queue/worker.ts';
import { createCounters } from '../adapters/redis/counters.ts';
import { createPositions } from '../adapters/redis/positions.ts';
import { createUserLock } from '../adapters/redis/user-lock.ts';
import type { Shown } from '../approvals/shown.ts';
import { forgetful } from '../execute/forgetful.ts';
import type { RulesInForce } from '../execute/gate.ts';
import { failedEntry, type GivenUp } from '../execute/given-up.ts';
import { notingArrivals } from '../execute/noted-arrival.ts';
import { createRecall } from '../execute/recall.ts';
import type { Arrivals } from '../ingest/arrivals.ts';
import type { Registration } from '../ingest/registration.ts';
import { createReconciler } from '../ingest/reconcile.ts';
import type { SafetyNet } from '../ingest/safety-net.ts';
import { idsOf } from '../jobs/audit.ts';
import { enqueueEvents } from '../jobs/enqueue.ts';
import type { Outages } from '../jobs/outages.ts';
import type { Handler, QueueName } from '../jobs/payloads.ts';
import { openAsking } from './asking.ts';
import { createRepeats } from '../platform/repeats.ts';
import { type Base, maxAgeMsOf } from './base.ts';
import type { WiredEffects } from './effects.ts';
import type { WiredGuards } from './guards.ts';
import type { Storage } from './storage.ts';

/** Starts the worker of one queue. */
export type StartWorker = <Name extends QueueName>(
  queue: Name,
  handle: Handler<Name>,
  concurrency: number,
) => Promise<unknown>;

export async function openWorkerStarter(base: Base, storage: Storage, outages: Outages): Promise<StartWorker> {
  const { config, log, lifecycle, metrics } = base;
  const connection = await lifecycle.open(
    'redis for workers',
    () => workerConnection(config.REDIS_URL.reveal(), log),
    (client) => client.disconnect(),
  );
  return (queue, handle, concurrency) =>
    lifecycle.open(
      `worker ${queue}`,
      () =>
        startWorker(queue, handle, {
          connection,
          prefix: config.REDIS_PREFIX,
          concurrency,
          log,
          onSetback: (error, job) => outages.failed(error, job),
          onOutcome: (name, outcome) => metrics.outcome(name, outcome),
          onDone: (name, job) => storage.jobs.ended(name, job),
          onGivenUp(name, data, error) {
            metrics.givenUp(name);
            recordFailure(base, storage, { queue: name, data } as GivenUp, error.cause ?? error);
          },
        }),
      (worker) => worker.stop(config.SHUTDOWN_GRACE_MS),
    );
}

function recordFailure({ log }: Base, { approvals, audit }: Storage, job: GivenUp, error: unknown): void {
  failedEntry(job, error, (id) => approvals.get(id))
    .then((entry) => entry && audit.record(entry))
    .catch((err: unknown) => log.error({ err, queue: job.queue }, 'that a job was given up is not in the audit'));
}

export interface WorkerParts {
  readonly storage: Storage;
  readonly keycloak: Keycloak;
  readonly guarded: WiredGuards;
  readonly wired: WiredEffects;
  readonly shown: Shown;
  readonly net: SafetyNet;
  readonly arrivals: Arrivals;
  readonly door: RulesInForce;
}

/** The workers that execute what rules and approvers decided. */
export async function startWorkers(base: Base, start: StartWorker, parts: WorkerParts): Promise<void> {
  const { config, metrics, now, rules: watched } = base;
  const { storage, keycloak, guarded, wired, shown } = parts;
  const { approvals, audit, jobs, lockouts, redis, remembered } = storage;
  const { users, events } = keycloak;
  const { guards, report } = guarded;
  const { effects, earlyDisable, undo } = wired;
  const prefix = config.REDIS_PREFIX;
  const rules = () => watched.current();
  const lock = createUserLock(redis, prefix);
  const recall = createRecall(events);
  const ask = await openAsking(base);
  const common = { rules, approvals, users, jobs, effects, guards, lock, audit, ask, now };

  const signs = {
    requiredActions: users.requiredActions.bind(users),
    groups: keycloak.privileges.groups.bind(keycloak.privileges),
    holdsRole: users.holdsRole.bind(users),
  };
  const waiting = { directory: users, log: base.log, reconcile: reconcilerOf(base, parts) };
  const deadlines = createDeadlines({ ...common, ...waiting, signs, undo });
  await start('deadlines', forgetful(deadlines, recall), 4);
  await start('outcomes', createOutcomes({ ...common, shown, adminEvents: events, remembered }), 4);
  const registrations = createRegistrations({
    ...common,
    users: earlyDisable.users,
    effects: wired.afterEarlyDisable,
    report,
    undo,
    counters: createCounters(redis, prefix),
    lockouts,
    adminEvents: events,
    metrics,
    recall,
    setUpAt: keycloak.setUpAt,
    otherRules: parts.door.otherRules,
    store: events,
    onUnknownHeaders: tellsUnknownHeaders(base),
    maxAgeMs: maxAgeMsOf(config),
  });
  await start('registrations', notingArrivals(registrations, parts.arrivals), config.WORKER_CONCURRENCY);
  const confirmations = createConfirmations({
    rules,
    store: events,
    async onConfirmed(registration) {
      earlyDisable.begin(registration, 'stored');
      await enqueueEvents(jobs, [{ kind: 'registered', registration, proof: 'stored' }], 'kafka-unproven');
    },
    report,
    audit,
    setUpAt: keycloak.setUpAt,
    now,
  });
  await start('confirmations', confirmations, 8);
}

function tellsUnknownHeaders({ log }: Base): (registration: Registration, headers: readonly string[]) => void {
  const repeats = createRepeats();
  return (registration, headers) => {
    const told = repeats(headers.join());
    if (told !== null) {
      const details = { ...idsOf(registration), headers, ...told };
      log.warn(details, 'a registration waits: rules ask for request headers that Keycloak did not report');
    }
  };
}

function reconcilerOf({ config, log, now, realms }: Base, { storage, keycloak, net }: WorkerParts) {
  const { jobs, redis, state } = storage;
  const maxAgeMs = maxAgeMsOf(config);
  return createReconciler({
    realms,
    events: keycloak.events,
    position: createPositions({ redis, state, maxAgeMs, now }),
    setUpAt: keycloak.setUpAt,
    maxAgeMs,
    net,
    enqueue: (found) => enqueueEvents(jobs, found, 'event-store'),
    now,
    log,
  });
}
