import type { Redis } from 'ioredis';
import type { Kafka, Producer } from 'kafkajs';

import { openSealedTopic, type SealedTopic } from '../adapters/kafka/sealed-topic.ts';
import { createAudit, type KafkaAudit } from '../adapters/kafka/audit.ts';
import { createKafka, createProducer } from '../adapters/kafka/client.ts';
import { createDeadLetters } from '../adapters/kafka/dead-letters.ts';
import { connectToKafka } from '../adapters/kafka/errors.ts';
import { kafkaSettingsOf } from '../adapters/kafka/settings.ts';
import { createTopicWriter, type TopicWriter } from '../adapters/kafka/topic-writer.ts';
import { ensureTopics } from '../adapters/kafka/topics.ts';
import { producerConnection } from '../adapters/queue/connection.ts';
import { createQueues, type Queues } from '../adapters/queue/queues.ts';
import { ApprovalMaterialiser } from '../adapters/redis/approval-materialiser.ts';
import { RedisApprovalStore } from '../adapters/redis/approval-store.ts';
import { createAuditSpool } from '../adapters/redis/audit-spool.ts';
import { checkRedis, connectRedis, infoOf } from '../adapters/redis/connect.ts';
import { parseLinkKeys } from '../approvals/links.ts';
import { Seals } from '../approvals/seal.ts';
import type { Base } from './base.ts';
import { openState, type State } from './state.ts';

export type LinkKeys = ReturnType<typeof parseLinkKeys>;

/** Where the service keeps what it knows: Redis and its queues, and Kafka's topics. */
export interface Storage extends State {
  readonly redis: Redis;
  /** The queues themselves; what must survive Redis is added by `jobs`. */
  readonly queues: Queues;
  readonly kafka: Kafka;
  readonly audit: KafkaAudit;
  readonly sendToDeadLetters: ReturnType<typeof createDeadLetters>;
  readonly approvals: RedisApprovalStore;
  /** Copies approvals from their topic to Redis. */
  readonly materialiser: ApprovalMaterialiser;
  readonly linkKeys: LinkKeys;
}

export async function openStorage(base: Base): Promise<Storage> {
  const { config, log } = base;
  const redis = await openRedis(base);
  const queues = await openQueues(base);
  const kafka = createKafka(kafkaSettingsOf(config), log);
  await makeTopics(base, kafka);
  const producer = await openProducer(base, kafka);
  const audit = await openAudit(base, redis, await openWriter(base, producer, config.KAFKA_AUDIT_TOPIC));
  const sendToDeadLetters = createDeadLetters(await openWriter(base, producer, config.KAFKA_DEAD_LETTER_TOPIC));
  const linkKeys = parseLinkKeys(config.LINK_KEYS.reveal());
  const sealed = { kafka, producer, linkKeys };
  const snapshots = await openSealed(base, sealed, config.KAFKA_APPROVALS_TOPIC, 'approvals');
  const stored = await openApprovals(base, { redis, ...snapshots });
  const state = await openState(base, {
    redis,
    queues,
    ...(await openSealed(base, sealed, config.KAFKA_STATE_TOPIC, 'state')),
  });
  return { redis, queues, kafka, audit, sendToDeadLetters, linkKeys, ...stored, ...state };
}

async function openRedis({ config, log, lifecycle }: Base): Promise<Redis> {
  const redis = await lifecycle.open(
    'redis',
    () => connectRedis({ url: config.REDIS_URL.reveal(), log }),
    (client) => client.disconnect(),
  );
  for (const warning of checkRedis(await infoOf(redis))) {
    log.warn({ warning }, 'Redis can lose work');
  }
  return redis;
}

async function openQueues({ config, log, lifecycle, metrics }: Base): Promise<Queues> {
  const connection = await lifecycle.open(
    'redis for queues',
    () => producerConnection(config.REDIS_URL.reveal(), log),
    (client) => client.disconnect(),
  );
  const queues = await lifecycle.open(
    'queues',
    () => createQueues(connection, config.REDIS_PREFIX),
    (all) => all.close(),
  );
  metrics.watchQueues(() => queues.depths());
  return queues;
}

async function makeTopics({ config, log }: Base, kafka: Kafka): Promise<void> {
  const admin = kafka.admin();
  await connectToKafka(admin);
  try {
    const topics = {
      events: config.KAFKA_EVENTS_TOPIC,
      approvals: config.KAFKA_APPROVALS_TOPIC,
      state: config.KAFKA_STATE_TOPIC,
      audit: config.KAFKA_AUDIT_TOPIC,
      deadLetters: config.KAFKA_DEAD_LETTER_TOPIC,
    };
    await ensureTopics(admin, topics, log);
  } finally {
    await admin.disconnect();
  }
}

function openProducer({ lifecycle }: Base, kafka: Kafka): Promise<Producer> {
  return lifecycle.open(
    'kafka producer',
    async () => {
      const producer = createProducer(kafka);
      await connectToKafka(producer);
      return producer;
    },
    (producer) => producer.disconnect(),
  );
}

/** Entries that an earlier run left behind come first. */
function openAudit({ config, lifecycle, log, metrics }: Base, redis: Redis, writer: TopicWriter): Promise<KafkaAudit> {
  return lifecycle.open(
    'audit',
    async () => {
      const audit = createAudit({ writer, spool: createAuditSpool(redis, config.REDIS_PREFIX), log });
      await audit.start();
      metrics.watchAudit(() => audit.backlog());
      return audit;
    },
    (audit) => audit.stop(),
  );
}

function openWriter({ lifecycle, log }: Base, producer: Producer, topic: string): Promise<TopicWriter> {
  return lifecycle.open(
    `writer of ${topic}`,
    () => createTopicWriter(producer, topic, { log }),
    (writer) => writer.idle(),
  );
}

interface SealedParts {
  readonly kafka: Kafka;
  readonly producer: Producer;
  readonly linkKeys: LinkKeys;
}

interface Sealed {
  readonly topic: SealedTopic;
  /** Id of the key that seals. */
  readonly sealedWith: string;
}

async function openSealed(
  base: Base,
  { kafka, producer, linkKeys }: SealedParts,
  name: string,
  what: string,
): Promise<Sealed> {
  const seals = new Seals(linkKeys, name);
  const writer = await openWriter(base, producer, name);
  const group = `${base.config.KAFKA_GROUP}-${what}`;
  const topic = openSealedTopic({ seals, kafka, writer, topic: name, group, log: base.log });
  return { topic, sealedWith: seals.current };
}

/** The topic is the truth; Redis holds a copy of it, which can be asked. */
async function openApprovals(
  { config, log, lifecycle, metrics }: Base,
  { redis, topic: snapshots, sealedWith }: Sealed & { readonly redis: Redis },
): Promise<Pick<Storage, 'approvals' | 'materialiser'>> {
  const prefix = config.REDIS_PREFIX;
  const approvals = new RedisApprovalStore({ redis, prefix, publish: (id, json) => snapshots.publish(id, json), log });
  const materialiser = await lifecycle.open(
    'approvals',
    async () => {
      const made = new ApprovalMaterialiser({
        redis,
        prefix,
        snapshots,
        sealedWith,
        log,
        onRefused: (why) => metrics.snapshotRefused(why),
      });
      await made.start();
      return made;
    },
    (made) => made.stop(),
  );
  return { approvals, materialiser };
}
