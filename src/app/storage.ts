import type { Redis } from 'ioredis';
import type { Kafka, Producer } from 'kafkajs';

import { openSealedTopic, type SealedTopic } from '../adapters/kafka/sealed-topic.ts';
import { createAudit, createRefusalAudit, type KafkaAudit } from '../adapters/kafka/audit.ts';
import { createKafka, createProducer } from '../adapters/kafka/client.ts';
import { createDeadLetters } from '../adapters/kafka/dead-letters.ts';
import { connectToKafka } from '../adapters/kafka/errors.ts';
import { KafkaJoining } from '../adapters/kafka/joining.ts';
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
  readonly producer: Producer;
  /** What the start does with Kafka. */
  readonly joining: KafkaJoining;
  readonly audit: KafkaAudit;
  readonly recordRefusal: ReturnType<typeof createRefusalAudit>;
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
  const joining = await openJoining(base);
  await joining.step((again) => makeTopics(base, kafka, again));
  const producer = await openProducer(base, kafka, joining);
  const writer = await openWriter(base, producer, config.KAFKA_AUDIT_TOPIC);
  const audit = await openAudit(base, redis, writer);
  const recordRefusal = createRefusalAudit({ writer, log });
  const sendToDeadLetters = createDeadLetters(await openWriter(base, producer, config.KAFKA_DEAD_LETTER_TOPIC));
  const linkKeys = parseLinkKeys(config.LINK_KEYS.reveal());
  const sealed = { kafka, producer, linkKeys };
  const snapshots = await openSealed(base, sealed, config.KAFKA_APPROVALS_TOPIC, 'approvals');
  const stored = await openApprovals(base, { redis, joining, ...snapshots });
  const state = await openState(base, {
    redis,
    queues,
    joining,
    ...(await openSealed(base, sealed, config.KAFKA_STATE_TOPIC, 'state')),
  });
  return {
    redis,
    queues,
    kafka,
    producer,
    joining,
    audit,
    recordRefusal,
    sendToDeadLetters,
    linkKeys,
    ...stored,
    ...state,
  };
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

function openJoining({ lifecycle, log }: Base): Promise<KafkaJoining> {
  return lifecycle.open(
    'joining Kafka',
    () => new KafkaJoining({ log }),
    (joining) => joining.stop(),
  );
}

/** @param again in the background, which repeats it: a stop must not wait for the client's own repeats */
export async function makeTopics(
  { config, log }: Pick<Base, 'config' | 'log'>,
  kafka: Kafka,
  again: boolean,
): Promise<void> {
  const admin = kafka.admin(again ? { retry: { retries: 0 } } : {});
  await connectToKafka(admin);
  try {
    const topics = {
      events: config.KAFKA_EVENTS_TOPIC,
      approvals: config.KAFKA_APPROVALS_TOPIC,
      state: config.KAFKA_STATE_TOPIC,
      door: config.KAFKA_DOOR_TOPIC,
      audit: config.KAFKA_AUDIT_TOPIC,
      deadLetters: config.KAFKA_DEAD_LETTER_TOPIC,
    };
    await ensureTopics(admin, topics, log);
  } finally {
    await admin.disconnect();
  }
}

/** Until it is connected, each write fails at once, as while Kafka is away. */
async function openProducer({ lifecycle }: Base, kafka: Kafka, joining: KafkaJoining): Promise<Producer> {
  const producer = await lifecycle.open(
    'kafka producer',
    () => createProducer(kafka),
    (made) => made.disconnect(),
  );
  await joining.step(() => connectToKafka(producer));
  return producer;
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

export function openWriter({ lifecycle, log }: Base, producer: Producer, topic: string): Promise<TopicWriter> {
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
  { redis, joining, topic: snapshots, sealedWith }: Sealed & Pick<Storage, 'redis' | 'joining'>,
): Promise<Pick<Storage, 'approvals' | 'materialiser'>> {
  const prefix = config.REDIS_PREFIX;
  const approvals = new RedisApprovalStore({ redis, prefix, publish: (id, json) => snapshots.publish(id, json), log });
  const materialiser = await lifecycle.open(
    'approvals',
    () =>
      new ApprovalMaterialiser({
        redis,
        prefix,
        snapshots,
        sealedWith,
        log,
        onRefused: (why) => metrics.snapshotRefused(why),
      }),
    (made) => made.stop(),
  );
  await joining.step(() => materialiser.start());
  return { approvals, materialiser };
}
