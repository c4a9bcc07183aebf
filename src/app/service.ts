import type { Logger } from 'pino';

import { createEventSource } from '../adapters/kafka/event-source.ts';
import { createRecent } from '../adapters/keycloak/recent.ts';
import { createRuleMemory } from '../adapters/redis/rule-memory.ts';
import { createLooks } from '../adapters/redis/looks.ts';
import { createMissed } from '../adapters/redis/missed.ts';
import type { Approval } from '../approvals/approval.ts';
import { createDelegation } from '../approvals/delegate.ts';
import { Links } from '../approvals/links.ts';
import { Shown } from '../approvals/shown.ts';
import { outcomeJob } from '../approvals/sweep.ts';
import { WithdrawalLinks } from '../approvals/withdrawal-link.ts';
import { createWithdrawing } from '../approvals/withdrawing.ts';
import { createRetryByLink } from '../approvals/retry.ts';
import { createVoting } from '../approvals/voting.ts';
import { assertListenable, placesOf } from '../http/listen.ts';
import { createArrivals } from '../ingest/arrivals.ts';
import { createSafetyNet } from '../ingest/safety-net.ts';
import { Lifecycle } from '../platform/lifecycle.ts';
import type { Config } from '../platform/settings.ts';
import { openBase, warnOfModes } from './base.ts';
import { startConsumer } from './consumer.ts';
import { openDoor } from './door.ts';
import { wireEffects } from './effects.ts';
import { wireGuards } from './guards.ts';
import { healthChecks } from './health.ts';
import { openKeycloak } from './keycloak.ts';
import { openOutages } from './outages.ts';
import { openOutcomes } from './outcomes.ts';
import { openMailer, startOutgoing } from './outgoing.ts';
import { startApprovalPages, startOpsServer } from './servers.ts';
import { openStorage } from './storage.ts';
import { startUpkeep } from './upkeep.ts';
import { openWorkerStarter, startWorkers } from './workers.ts';

export interface Service {
  /** Where the approval pages listen, and health and metrics. */
  readonly ports: { readonly http: number; readonly ops: number };
  /** What is still open, newest last: a slow stop waits for the last of them. */
  readonly open: () => readonly string[];
  stop(): Promise<void>;
}

/** Starts the service, or leaves nothing open behind. */
export async function startService(config: Config, log: Logger): Promise<Service> {
  const lifecycle = new Lifecycle();
  try {
    return await start(config, log, lifecycle);
  } catch (error) {
    await lifecycle.close().catch((unclean: unknown) => log.warn({ err: unclean }, 'clean-up after a failed start'));
    throw error;
  }
}

/**
 * The order of the start. Each part uses the parts before it, and closes before them. The consumer brings the work, so
 * it starts last and stops first.
 */
async function start(config: Config, log: Logger, lifecycle: Lifecycle): Promise<Service> {
  await assertListenable(placesOf(config));
  warnOfModes(config, log);
  const base = await openBase(config, log, lifecycle);
  const storage = await openStorage(base);
  await base.rules.remember(createRuleMemory(storage.redis, config.REDIS_PREFIX));
  const keycloak = await openKeycloak(base);

  const guarded = wireGuards(base, storage, keycloak);
  const wired = wireEffects(base, storage, keycloak, guarded.protection);
  const links = new Links(storage.linkKeys);
  const withdrawals = new WithdrawalLinks(storage.linkKeys);
  const shown = new Shown(storage.linkKeys);

  const mailer = await openMailer(base);
  const outages = await openOutages(base, { storage, keycloak, mailer });
  const startWorker = await openWorkerStarter(base, storage, outages);
  await startOutgoing(base, startWorker, { storage, keycloak, links, shown, withdrawals, mailer });
  const net = createSafetyNet({ looks: createLooks(storage.redis, config.REDIS_PREFIX), now: base.now, log });
  const arrivals = createArrivals({
    missed: createMissed(storage.redis, config.REDIS_PREFIX),
    count: (realm, via) => base.metrics.registered(realm, via),
    now: base.now,
    log,
  });
  const door = await openDoor(base, storage);
  await startWorkers(base, startWorker, { storage, keycloak, guarded, wired, shown, net, arrivals, door });
  await startUpkeep(base, { ...storage, materialiser: storage.stateMaterialiser });

  const { approvals, audit, jobs, kafka, queues } = storage;
  const { clock, rules, realms, now } = base;
  const source = createEventSource({ kafka, topic: config.KAFKA_EVENTS_TOPIC, groupId: config.KAFKA_GROUP, log });
  const dryRun = config.DRY_RUN;
  const { limit } = guarded;
  const outcomes = await openOutcomes(base, storage);
  const checks = healthChecks({
    ...storage,
    source,
    rules,
    limit,
    outages,
    net,
    arrivals,
    realms,
    dryRun,
    clock,
    door: door.state,
    outcomesInTrouble: outcomes.inTrouble,
  });
  base.metrics.watchOpenRegistrations(() => queues.open());
  base.metrics.watchTroubles(outcomes.inTrouble);
  base.metrics.watchOutages(() => outages.confirmed());
  base.metrics.watchSafetyNet(() => net.states(realms()));
  const ops = await startOpsServer(base, storage, { checks, review: outcomes.review });
  const common = {
    approvals,
    users: keycloak.users,
    rules: () => rules.current(),
    audit,
    onDecided: ({ id, revision }: Approval) => jobs.add('outcomes', [outcomeJob(id, revision)]),
    now,
  };
  const recentOf = createRecent({ events: keycloak.events, now });
  const asked = { ...common, outcomes: outcomes.queue, links };
  const voting = createVoting({ ...asked, shown, adminEvents: keycloak.events, recentOf });
  const withdrawing = createWithdrawing({ ...common, links: withdrawals });
  const delegation = createDelegation({ ...common, links, directory: keycloak.users });
  const retry = createRetryByLink(asked);
  const http = await startApprovalPages(base, storage, { voting, withdrawing, delegation, retry });
  await startConsumer(base, source, storage, keycloak, wired.earlyDisable);

  const ports = { http, ops };
  const without = storage.joining.trouble === null ? {} : { without: 'Kafka' };
  log.info({ ...ports, realms: realms(), rules: rules.current().version, dryRun, ...without }, 'vestibule is open');
  return { ports, open: () => lifecycle.stillOpen, stop: () => lifecycle.close() };
}
