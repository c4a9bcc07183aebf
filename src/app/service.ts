import type { Logger } from 'pino';

import { createEventSource } from '../adapters/kafka/event-source.ts';
import { createRuleMemory } from '../adapters/redis/rule-memory.ts';
import { Links } from '../approvals/links.ts';
import { Shown } from '../approvals/shown.ts';
import { outcomeJob } from '../approvals/sweep.ts';
import { createVoting } from '../approvals/voting.ts';
import { assertListenable, placesOf } from '../http/listen.ts';
import { Lifecycle } from '../platform/lifecycle.ts';
import type { Config } from '../platform/settings.ts';
import { openBase, warnOfModes } from './base.ts';
import { startConsumer } from './consumer.ts';
import { wireEffects } from './effects.ts';
import { wireGuards } from './guards.ts';
import { healthChecks } from './health.ts';
import { openKeycloak } from './keycloak.ts';
import { startOutgoing } from './outgoing.ts';
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
  const shown = new Shown(storage.linkKeys);

  const startWorker = await openWorkerStarter(base, storage);
  await startOutgoing(base, startWorker, { storage, keycloak, links });
  await startWorkers(base, startWorker, { storage, keycloak, guarded, wired, shown });
  await startUpkeep(base, { ...storage, materialiser: storage.stateMaterialiser });

  const { approvals, audit, jobs, kafka, materialiser, redis, stateMaterialiser, stateRefusals } = storage;
  const { clock, rules, realms, now } = base;
  const source = createEventSource({ kafka, topic: config.KAFKA_EVENTS_TOPIC, groupId: config.KAFKA_GROUP, log });
  const dryRun = config.DRY_RUN;
  const checks = healthChecks({
    source,
    redis,
    materialiser,
    stateMaterialiser,
    stateRefusals,
    rules,
    limit: guarded.limit,
    audit,
    dryRun,
    clock,
  });
  const ops = await startOpsServer(base, storage, checks);
  const voting = createVoting({
    approvals,
    links,
    shown,
    users: keycloak.users,
    adminEvents: keycloak.events,
    audit,
    onDecided: ({ id, revision }) => jobs.add('outcomes', [outcomeJob(id, revision)]),
    now,
  });
  const http = await startApprovalPages(base, voting);
  await startConsumer(base, source, storage, keycloak, wired.earlyDisable);

  const ports = { http, ops };
  log.info({ ...ports, realms: realms(), rules: rules.current().version, dryRun }, 'vestibule is open');
  return { ports, open: () => lifecycle.stillOpen, stop: () => lifecycle.close() };
}
