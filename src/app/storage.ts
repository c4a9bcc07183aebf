import type { Redis } from 'ioredis';
import type { Kafka, Producer } from 'kafkajs';

import { createApprovalSnapshots } from '../adapters/kafka/approval-snapshots.ts';
import { createAudit } from '../adapters/kafka/audit.ts';
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
import { checkRedis, connectRedis, infoOf } from '../adapters/redis/connect.ts';
import { parseLinkKeys } from '../approvals/links.ts';
import { Seals } from '../approvals/seal.ts';
import type { Base } from './base.ts';

export type LinkKeys = ReturnType<typeof parseLinkKeys>;

/** Where the service keeps what it knows: Redis and its queues, and Kafka's topics. */
export interface Storage {
  readonly redis: Redis;
  readonly queues: Queues;
  readonly kafka: Kafka;
  readonly audit: ReturnType<typeof createAudit>;
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
  const audit = createAudit(await openWriter(base, producer, config.KAFKA_AUDIT_TOPIC), log);
  const sendToDeadLetters = createDeadLetters(await openWriter(base, producer, config.KAFKA_DEAD_LETTER_TOPIC));
  const writer = await openWriter(base, producer, config.KAFKA_APPROVALS_TOPIC);
  const linkKeys = parseLinkKeys(config.LINK_KEYS.reveal());
  const stored = await openApprovals(base, { redis, kafka, writer, linkKeys });
  return { redis, queues, kafka, audit, sendToDeadLetters, linkKeys, ...stored };
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

function openWriter({ lifecycle }: Base, producer: Producer, topic: string): Promise<TopicWriter> {
  return lifecycle.open(
    `writer of ${topic}`,
    () => createTopicWriter(producer, topic),
    (writer) => writer.idle(),
  );
}

interface ApprovalParts {
  readonly redis: Redis;
  readonly kafka: Kafka;
  readonly writer: TopicWriter;
  readonly linkKeys: LinkKeys;
}

/** The topic is the truth; Redis holds a copy of it, which can be asked. */
async function openApprovals(
  { config, log, lifecycle, metrics }: Base,
  { redis, kafka, writer, linkKeys }: ApprovalParts,
): Promise<Pick<Storage, 'approvals' | 'materialiser'>> {
  const prefix = config.REDIS_PREFIX;
  const topic = config.KAFKA_APPROVALS_TOPIC;
  const seals = new Seals(linkKeys, topic);
  const snapshots = createApprovalSnapshots({
    seals,
    kafka,
    writer,
    topic,
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
  return { approvals, materialiser };
}
