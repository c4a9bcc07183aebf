import type { Server } from 'node:net';

import type { Logger } from 'pino';

import { createConfirmations } from '../../workers/confirmations.ts';
import { createDeadlines } from '../../workers/deadlines.ts';
import { createOutcomes } from '../../workers/outcomes.ts';
import { createMail } from '../../workers/mail.ts';
import { createRegistrations } from '../../workers/registrations.ts';
import { createWebhooks } from '../../workers/webhooks.ts';
import { createAudit } from '../adapters/kafka/audit.ts';
import { createApprovalSnapshots } from '../adapters/kafka/approval-snapshots.ts';
import { createKafka, createProducer } from '../adapters/kafka/client.ts';
import { createDeadLetters } from '../adapters/kafka/dead-letters.ts';
import { createEventSource } from '../adapters/kafka/event-source.ts';
import { createTopicWriter } from '../adapters/kafka/topic-writer.ts';
import { ensureTopics } from '../adapters/kafka/topics.ts';
import { createKeycloak } from '../adapters/keycloak/keycloak.ts';
import { createMailer } from '../adapters/mail/mailer.ts';
import { producerConnection, workerConnection } from '../adapters/queue/connection.ts';
import { createQueues } from '../adapters/queue/queues.ts';
import { startWorker } from '../adapters/queue/worker.ts';
import { ApprovalMaterialiser } from '../adapters/redis/approval-materialiser.ts';
import { RedisApprovalStore } from '../adapters/redis/approval-store.ts';
import { createLockoutLimit } from '../adapters/redis/lockout-limit.ts';
import { createLockouts } from '../adapters/redis/lockouts.ts';
import { checkRedis, connectRedis } from '../adapters/redis/connect.ts';
import { createCounters } from '../adapters/redis/counters.ts';
import { createUserLock } from '../adapters/redis/user-lock.ts';
import { createWebhookCaller } from '../adapters/webhook/caller.ts';
import { createVoting } from '../approvals/voting.ts';
import { Seals } from '../approvals/seal.ts';
import { Shown } from '../approvals/shown.ts';
import { Links, parseLinkKeys } from '../approvals/links.ts';
import { type LockoutLimit, noLimit } from '../execute/lockout-limit.ts';
import { noEffects } from '../execute/dry-run.ts';
import { createEffects, ruleStoppedJobs } from '../execute/effects.ts';
import { createGuards } from '../execute/guards.ts';
import { createEarlyDisable } from '../execute/early-disable.ts';
import { createProtection, type ReportRefusal } from '../execute/protected-users.ts';
import type { Config } from '../platform/settings.ts';
import { outcomeJob } from '../approvals/sweep.ts';
import { enqueueEvents } from '../jobs/enqueue.ts';
import { forgetful } from '../execute/forgetful.ts';
import { failedEntry, type GivenUp } from '../execute/given-up.ts';
import { buildApprovalsApp } from '../http/approvals.ts';
import { assertListenable, listen, placesOf } from '../http/listen.ts';
import { buildOpsApp } from '../http/ops.ts';
import { createIngest } from '../ingest/consume.ts';
import type { Handler, QueueName } from '../jobs/payloads.ts';
import { kafkaSettingsOf } from '../adapters/kafka/settings.ts';
import { Lifecycle } from '../platform/lifecycle.ts';
import { createMetrics } from './metrics.ts';
import { createRecall } from '../execute/recall.ts';
import { createProofOf } from '../ingest/proof.ts';
import type { UserEvent } from '../ingest/registration.ts';
import { signingKeysIn } from '../platform/signing-keys.ts';
import { asksForAddress } from '../rules/decide/asks-for-address.ts';
import type { Accounts } from '../rules/steps/effects.ts';
import { createReconciler } from '../ingest/reconcile.ts';
import { watchRules, type WatchedRules } from '../rules/load/watch-rules.ts';
import type { RuleBook } from '../rules/model.ts';
import { formatProblem, type Problem } from '../rules/load/problem.ts';
import { realmsNamed } from '../rules/decide/realms-named.ts';
import { rulesWithStep } from '../rules/decide/with-step.ts';
import { secretsOf } from '../platform/secrets.ts';

export interface Service {
  /** Where the approval pages listen, and health and metrics. */
  readonly ports: { readonly http: number; readonly ops: number };
  /** What is open still, newest last: what a slow stop waits for. */
  readonly open: () => readonly string[];
  stop(): Promise<void>;
}

const hour = 3_600_000;

/**
 * Builds the service: the only place that knows every part. The order is the architecture: what comes later uses what
 * came before, and closes first. So the consumer, which brings the work, starts last and stops first.
 */
export async function startService(config: Config, log: Logger): Promise<Service> {
  const lifecycle = new Lifecycle();
  try {
    return await build(config, log, lifecycle);
  } catch (error) {
    await lifecycle.close().catch((unclean: unknown) => log.warn({ err: unclean }, 'clean-up after a failed start'));
    throw error;
  }
}

async function build(config: Config, log: Logger, lifecycle: Lifecycle): Promise<Service> {
  const now = Date.now;
  const places = placesOf(config);
  await assertListenable(places);
  const maxAgeMs = config.EVENT_MAX_AGE_HOURS * hour;
  const prefix = config.REDIS_PREFIX;
  const namedClients = (): ReadonlySet<string> => new Set(rules.current().files.flatMap(({ clients }) => clients));
  const metrics = createMetrics(namedClients);
  const dryRun = config.DRY_RUN;
  if (dryRun) {
    log.warn('DRY_RUN is set: decides and records, but changes nothing and sends nothing');
  }
  if (config.EVENTS_TOPIC_TRUSTED) {
    log.warn(
      'EVENTS_TOPIC_TRUSTED is set: whoever can write to the events topic decides who gets in; set EVENT_SIGNING_KEY',
    );
  }
  const rules = await lifecycle.open(
    'rules',
    () =>
      watchRules({
        dir: config.RULES_DIR,
        log,
        dryRun,
        everyMs: 500,
        cannot: (book) => (config.WEBHOOK_SECRET === undefined ? unsignedWebhooks(book) : []),
        onChange: (state) => metrics.rules(state),
      }),
    (kept) => kept.stop(),
  );

  const redisUrl = config.REDIS_URL.reveal();
  const redis = await lifecycle.open(
    'redis',
    () => connectRedis({ url: redisUrl, log }),
    (client) => client.disconnect(),
  );
  for (const warning of checkRedis(await redis.info())) {
    log.warn({ warning }, 'Redis can lose work');
  }
  const producing = await lifecycle.open(
    'redis for queues',
    () => producerConnection(redisUrl, log),
    (client) => client.disconnect(),
  );
  const queues = await lifecycle.open(
    'queues',
    () => createQueues(producing, prefix),
    (all) => all.close(),
  );
  metrics.watchQueues(() => queues.depths());

  const kafka = createKafka(kafkaSettingsOf(config), log);
  await withAdmin(kafka, (admin) =>
    ensureTopics(
      admin,
      {
        events: config.KAFKA_EVENTS_TOPIC,
        approvals: config.KAFKA_APPROVALS_TOPIC,
        audit: config.KAFKA_AUDIT_TOPIC,
        deadLetters: config.KAFKA_DEAD_LETTER_TOPIC,
      },
      log,
    ),
  );
  const producer = await lifecycle.open(
    'kafka producer',
    async () => {
      const made = createProducer(kafka);
      await made.connect();
      return made;
    },
    (made) => made.disconnect(),
  );
  const writerTo = (topic: string) =>
    lifecycle.open(
      `writer of ${topic}`,
      () => createTopicWriter(producer, topic),
      (writer) => writer.idle(),
    );
  const audit = createAudit(await writerTo(config.KAFKA_AUDIT_TOPIC), log);
  const sendToDeadLetters = createDeadLetters(await writerTo(config.KAFKA_DEAD_LETTER_TOPIC));
  const linkKeys = parseLinkKeys(config.LINK_KEYS.reveal());
  const seals = new Seals(linkKeys, config.KAFKA_APPROVALS_TOPIC);
  const snapshots = createApprovalSnapshots({
    seals,
    kafka,
    writer: await writerTo(config.KAFKA_APPROVALS_TOPIC),
    topic: config.KAFKA_APPROVALS_TOPIC,
    group: `${config.KAFKA_GROUP}-approvals`,
    log,
  });
  const approvals = new RedisApprovalStore({ redis, prefix, publish: (id, json) => snapshots.publish(id, json), log });
  const materialiser = await lifecycle.open(
    'approvals',
    async () => {
      const made = new ApprovalMaterialiser({
        redis,
        prefix,
        snapshots,
        sealedWith: seals.current,
        log,
        onRefused: (why) => metrics.snapshotRefused(why),
      });
      await made.start();
      return made;
    },
    (made) => made.stop(),
  );

  const keycloak = await lifecycle.open(
    'keycloak',
    () =>
      createKeycloak({
        url: config.KEYCLOAK_URL.replace(/\/+$/, ''),
        clientId: config.KEYCLOAK_CLIENT_ID,
        secretOf: secretsOf(config),
        timeoutMs: config.KEYCLOAK_TIMEOUT_MS,
        connections: 10,
        log,
      }),
    (made) => made.close(),
  );
  const realms = (): readonly string[] => realmsNamed(rules.current());
  for (const realm of realms()) {
    // Wrong credentials end the start; a Keycloak that is away does not, its work waits.
    await keycloak.ping(realm).catch((error: { code?: string; message?: string }) => {
      if (error.code !== 'KEYCLOAK_UNAVAILABLE') {
        throw error;
      }
      log.warn({ realm, because: error.message }, 'Keycloak does not answer yet');
    });
  }
  if (config.EVENT_SIGNING_KEY === undefined && !config.EVENTS_TOPIC_TRUSTED) {
    await Promise.all(realms().map((realm) => sayIfUnconfirmable(keycloak.events, realm, log)));
  }
  const mailer = await lifecycle.open(
    'mail',
    () =>
      createMailer({
        url: config.SMTP_URL.reveal(),
        allowPlaintext: config.SMTP_ALLOW_PLAINTEXT,
        from: config.MAIL_FROM,
      }),
    (made) => made.close(),
  );

  const proofOf = createProofOf({
    signingKeys: signingKeysIn(config.EVENT_SIGNING_KEY?.reveal() ?? ''),
    trusted: config.EVENTS_TOPIC_TRUSTED,
  });
  const links = new Links(linkKeys);
  const shown = new Shown(linkKeys);
  const adminEvents = keycloak.events;
  const lock = createUserLock(redis, prefix);
  const users = keycloak.users;
  const lockouts = createLockouts(redis, prefix);
  const report: ReportRefusal = ({ realm, userId }, refusal) => {
    metrics.refused(realm, refusal.guard);
    const level = refusal.guard === 'unconfirmable' ? 'error' : 'warn';
    log[level]({ realm, userId, ...refusal }, 'a guard keeps a rule from this person');
  };
  const protection = createProtection({
    privileges: keycloak.privileges,
    users: config.PROTECTED_USERS,
    groups: config.PROTECTED_GROUPS,
    report,
  });
  const limit = lockoutLimit();
  const guards = createGuards({ protection, limit, now });
  metrics.watchStoppedRules(() => limit.stopped());
  const earlyDisable = createEarlyDisable({
    rules: () => rules.current(),
    users,
    accounts: keycloak.accounts,
    lockouts,
    protection,
    now,
    maxAgeMs,
  });
  const effectsOn = (accounts: Accounts) =>
    dryRun
      ? noEffects()
      : createEffects({
          accounts,
          approvals,
          jobs: queues,
          lockouts,
          adminEvents,
          membersOf: (realm, of, except) => users.membersOf(realm, of, except),
          now,
          addressMatters: () => asksForAddress(rules.current()),
        });
  const effects = effectsOn(keycloak.accounts);
  const admit = (events: readonly UserEvent[]): Promise<void> => {
    for (const event of events) {
      if (event.kind === 'registered' && event.proof !== null) {
        earlyDisable.begin(event.registration, event.proof);
      }
    }
    return enqueueEvents(queues, events);
  };

  const working = await lifecycle.open(
    'redis for workers',
    () => workerConnection(redisUrl, log),
    (client) => client.disconnect(),
  );
  const work = <Name extends QueueName>(queue: Name, handle: Handler<Name>, concurrency: number) =>
    lifecycle.open(
      `worker ${queue}`,
      () =>
        startWorker(queue, handle, {
          connection: working,
          prefix,
          concurrency,
          log,
          onOutcome: (name, outcome) => metrics.outcome(name, outcome),
          onGivenUp(name, data, error) {
            metrics.givenUp(name);
            recordFailure({ queue: name, data } as GivenUp, error.cause ?? error);
          },
        }),
      (worker) => worker.stop(config.SHUTDOWN_GRACE_MS),
    );
  const linkFor = (approval: Parameters<Links['tokenFor']>[0], approver: number) =>
    `${config.PUBLIC_URL}/approvals/${links.tokenFor(approval, approver)}`;
  const webhooks = await lifecycle.open(
    'webhooks',
    () => createWebhookCaller({ allowPrivate: config.WEBHOOK_ALLOW_PRIVATE }),
    (caller) => caller.close(),
  );
  const webhookSecret = config.WEBHOOK_SECRET?.reveal();
  if (!dryRun) {
    // Without these workers, mail and calls that an earlier run left behind wait for the end of the dry run.
    await work(
      'mail',
      createMail({ approvals, users, send: (to, mail) => mailer.send(to, mail), linkFor, audit, now }),
      4,
    );
    if (webhookSecret !== undefined) {
      await work(
        'webhooks',
        createWebhooks({ call: (url, message) => webhooks.call(url, message), secret: webhookSecret, now }),
        4,
      );
    }
  }
  const recall = createRecall(keycloak.events);
  const reconciler = createReconciler({
    realms,
    events: keycloak.events,
    position: {
      get: async (realm) => {
        const time = await redis.get(`${prefix}:reconciled:${realm}`);
        return time === null ? null : Number(time);
      },
      set: async (realm, time) => void (await redis.set(`${prefix}:reconciled:${realm}`, time)),
    },
    enqueue: admit,
    now,
    log,
  });
  await work(
    'deadlines',
    forgetful(
      createDeadlines({
        rules: () => rules.current(),
        approvals,
        users,
        signs: {
          requiredActions: (who) => users.requiredActions(who),
          groups: (who) => keycloak.privileges.groups(who),
          holdsRole: (who, role) => users.holdsRole(who, role),
        },
        effects,
        guards,
        jobs: queues,
        lock,
        audit,
        reconcile: reconciler,
        now,
      }),
      recall,
    ),
    4,
  );
  await work(
    'outcomes',
    createOutcomes({ approvals, users, shown, adminEvents, jobs: queues, effects, guards, lock, audit, now }),
    4,
  );
  await work(
    'registrations',
    createRegistrations({
      rules: () => rules.current(),
      users: earlyDisable.users,
      effects: effectsOn(earlyDisable.accounts),
      guards,
      report,
      counters: createCounters(redis, prefix),
      lockouts,
      lock,
      audit,
      metrics,
      recall,
      now,
      maxAgeMs,
    }),
    config.WORKER_CONCURRENCY,
  );
  await work(
    'confirmations',
    createConfirmations({
      rules: () => rules.current(),
      store: keycloak.events,
      admit: (registration) => admit([{ kind: 'registered', registration, proof: 'stored' }]),
      report,
      audit,
      now,
    }),
    8,
  );
  await queues.schedule('sweep', 5_000);
  await queues.schedule('reconcile', 30_000);
  await queues.schedule('look-for-verified', 30_000);

  const source = createEventSource({ kafka, topic: config.KAFKA_EVENTS_TOPIC, groupId: config.KAFKA_GROUP, log });
  const ops = await lifecycle.open(
    'ops server',
    async () => {
      const app = buildOpsApp({
        checks: async () => ({
          kafka: kafkaCheck(source.health()),
          redis: await redisCheck(redis),
          approvals: { ok: materialiser.ready, ...refusalsOf(materialiser) },
          rules: rulesCheck(rules),
          limit: await limitCheck(limit),
          ...(dryRun ? { mode: { ok: true, detail: 'dry run: nothing is changed, nothing is sent' } } : {}),
        }),
        registry: metrics.registry,
        queues: () => queues.counts(),
        loopback: /^(127\.|localhost$|::1$)/.test(config.OPS_HOST),
      });
      await listen(app, places.ops);
      return app;
    },
    (app) => app.close(),
  );
  const voting = createVoting({
    approvals,
    links,
    shown,
    users,
    adminEvents,
    audit,
    onDecided: ({ id, revision }) => queues.add('outcomes', [outcomeJob(id, revision)]),
    now,
  });
  const pages = await lifecycle.open(
    'approval pages',
    async () => {
      const app = await buildApprovalsApp({ voting, log, trustedProxies: config.HTTP_TRUST_PROXY });
      await listen(app, places.pages);
      return app;
    },
    (app) => app.close(),
  );
  await lifecycle.open(
    'kafka consumer',
    async () => {
      await source.start(
        createIngest({
          enqueue: admit,
          sendToDeadLetters,
          proofOf,
          realmName: (id) => keycloak.events.realmName(id, realms()),
          log,
          count: (outcome, records) => metrics.events(outcome, records),
        }),
      );
      return source;
    },
    (consumer) => consumer.stop(),
  );
  const ports = { http: portOf(pages.server), ops: portOf(ops.server) };
  log.info({ ...ports, realms: realms(), rules: rules.current().version, dryRun }, 'vestibule is open');
  return { ports, open: () => lifecycle.stillOpen, stop: () => lifecycle.close() };

  function recordFailure(job: GivenUp, error: unknown): void {
    failedEntry(job, error, (id) => approvals.get(id))
      .then((entry) => entry && audit.record(entry))
      .catch((err: unknown) => log.error({ err, queue: job.queue }, 'that a job was given up is not in the audit'));
  }

  function lockoutLimit(): LockoutLimit {
    const perMinute = config.LOCKOUT_LIMIT_PER_MINUTE;
    return perMinute === 0
      ? noLimit
      : createLockoutLimit({
          redis,
          prefix,
          limit: perMinute,
          version: () => rules.current().version,
          now,
          async onStop(stopped) {
            log.error({ ...stopped, limit: perMinute }, 'a rule is stopped: it would close more accounts than it may');
            await queues.add('mail', ruleStoppedJobs(stopped, perMinute, config.ALERT_MAIL));
          },
        });
  }
}

function unsignedWebhooks(book: RuleBook): Problem[] {
  return rulesWithStep(book, 'webhook').map(({ file, line, name }) => ({
    file,
    line,
    col: 1,
    severity: 'error',
    message: `"${name}" has a webhook step, and WEBHOOK_SECRET, which signs its calls, is not set`,
    remedy: 'set it and start again, or take the step out',
  }));
}

async function withAdmin(
  kafka: ReturnType<typeof createKafka>,
  work: (admin: ReturnType<ReturnType<typeof createKafka>['admin']>) => Promise<void>,
): Promise<void> {
  const admin = kafka.admin();
  await admin.connect();
  try {
    await work(admin);
  } finally {
    await admin.disconnect();
  }
}

function kafkaCheck({ state, lag, lastError }: ReturnType<ReturnType<typeof createEventSource>['health']>) {
  return {
    ok: state === 'consuming',
    detail: lastError === null ? `${state}, ${lag} behind` : `${state}: ${lastError}`,
  };
}

/** Ready all the same: the last good rules do their work, and taking every instance out would help nobody. */
function rulesCheck(rules: WatchedRules) {
  const problems = rules.problems();
  const failed = problems.some(({ severity }) => severity === 'error');
  const version = `version ${rules.current().version}`;
  return {
    ok: true,
    detail: [
      failed ? `${version} stays in force, the files have errors` : version,
      ...problems.map(formatProblem),
    ].join('; '),
  };
}

/** A stopped rule is somebody's to look at, and no reason to take the instance out of service. */
async function limitCheck(limit: LockoutLimit) {
  try {
    const stopped = await limit.stopped();
    const texts = stopped.map(
      ({ realm, file, rule, at }) => `${realm}: ${file} "${rule}" is stopped since ${new Date(at).toISOString()}`,
    );
    return { ok: true, detail: texts.join('; ') || 'no rule is stopped' };
  } catch (error) {
    return { ok: false, detail: error instanceof Error ? error.message : 'no answer' };
  }
}

function refusalsOf({ refusals }: ApprovalMaterialiser) {
  return refusals === null ? {} : { detail: refusals };
}

/** Without a key, the event store is all that can prove a registration. */
async function sayIfUnconfirmable(
  events: { kept(realm: string): Promise<{ readonly registrations: boolean }> },
  realm: string,
  log: Logger,
): Promise<void> {
  const kept = await events.kept(realm).catch(() => null); // each registration that meets this is reported as well
  if (kept?.registrations === false) {
    const remedy = `run "vestibule setup --realm ${realm}", which turns the event store on, and set EVENT_SIGNING_KEY`;
    log.error({ realm, remedy }, 'no registration of this realm can be confirmed: none leads to anything');
  }
}

async function redisCheck(redis: Awaited<ReturnType<typeof connectRedis>>) {
  try {
    await redis.ping();
    return { ok: true };
  } catch (error) {
    return { ok: false, detail: error instanceof Error ? error.message : 'no answer' };
  }
}

function portOf(server: Server): number {
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}
