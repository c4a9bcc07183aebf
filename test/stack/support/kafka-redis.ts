import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import type { Admin, IHeaders, Kafka, Message, Producer } from 'kafkajs';

import { createKafka, createProducer } from '../../../src/adapters/kafka/client.ts';
import type { TopicNames } from '../../../src/adapters/kafka/topic-specs.ts';
import { connectRedis } from '../../../src/adapters/redis/connect.ts';
import { Lifecycle } from '../../../src/platform/lifecycle.ts';
import { createLog } from '../../../src/platform/log.ts';

export interface Systems {
  readonly kafka: Kafka;
  readonly admin: Admin;
  readonly producer: Producer;
  readonly redis: Redis;
  /** Of this test file alone. */
  readonly prefix: string;
  readonly topics: TopicNames;
  /** Lines of `log`, parsed. */
  readonly lines: Record<string, unknown>[];
  readonly log: ReturnType<typeof createLog>;
  close(): Promise<void>;
}

/** Connections to the running stack, and names of this file's own; `close` takes away what was made under them. */
export async function connectSystems(): Promise<Systems> {
  const { KAFKA_BROKERS = '127.0.0.1:9092', REDIS_URL = 'redis://127.0.0.1:6379' } = process.env;
  const prefix = `test-${randomUUID().slice(0, 8)}`;
  const topics = {
    events: `${prefix}.events`,
    approvals: `${prefix}.approvals`,
    state: `${prefix}.state`,
    door: `${prefix}.door`,
    audit: `${prefix}.audit`,
    deadLetters: `${prefix}.dead-letter`,
  };
  const lines: Record<string, unknown>[] = [];
  const log = createLog('debug', { write: (line: string) => void lines.push(JSON.parse(line)) });
  const kafka = createKafka({ brokers: KAFKA_BROKERS.split(',') }, log);
  const open = new Lifecycle();
  const admin = await open.open(
    'admin',
    async () => {
      const admin = kafka.admin();
      await admin.connect();
      return admin;
    },
    (admin) => admin.disconnect(),
  );
  await open.open(
    'topics',
    () => undefined,
    async () => {
      const mine = (await admin.listTopics()).filter((topic) => topic.startsWith(prefix));
      await admin.deleteTopics({ topics: mine });
    },
  );
  const producer = await open.open(
    'producer',
    async () => {
      const producer = createProducer(kafka);
      await producer.connect();
      return producer;
    },
    (producer) => producer.disconnect(),
  );
  const redis = await open.open(
    'redis',
    () => connectRedis({ url: REDIS_URL, log }),
    async (redis) => {
      await forget(redis, prefix);
      redis.disconnect();
    },
  );
  return { kafka, admin, producer, redis, prefix, topics, lines, log, close: () => open.close() };
}

/** Empties this Redis, as far as the prefix goes. */
export async function forget(redis: Redis, prefix: string): Promise<void> {
  // In one step, as FLUSHALL: what is written in between would outlive the rest.
  const script = "for _, key in ipairs(redis.call('KEYS', ARGV[1] .. '*')) do redis.call('DEL', key) end";
  await redis.eval(script, 0, prefix);
}

export interface StoredRecord {
  readonly key: string | null;
  readonly value: string | null;
  readonly headers: Record<string, string>;
}

/** All records that a topic holds now, in the order of each partition. */
export async function recordsOf(
  { kafka, admin }: Pick<Systems, 'kafka' | 'admin'>,
  topic: string,
): Promise<StoredRecord[]> {
  const ends = await admin.fetchTopicOffsets(topic);
  const left = new Map(
    ends.filter(({ high, low }) => high !== low).map(({ partition, high }) => [partition, BigInt(high)]),
  );
  const records: StoredRecord[] = [];
  if (left.size === 0) {
    return records;
  }
  const groupId = `${topic}-${randomUUID()}`;
  const consumer = kafka.consumer({ groupId, maxWaitTimeInMs: 100 });
  await consumer.connect();
  await consumer.subscribe({ topics: [topic], fromBeginning: true });
  await new Promise<void>((resolve, reject) => {
    consumer.on(consumer.events.CRASH, ({ payload }) => reject(payload.error));
    consumer
      .run({
        eachMessage: async ({ partition, message: { key, value, headers, offset } }) => {
          records.push({ key: text(key), value: text(value), headers: textsOf(headers) });
          if (BigInt(offset) + 1n >= (left.get(partition) ?? 0n)) {
            left.delete(partition);
          }
          if (left.size === 0) {
            resolve();
          }
        },
      })
      .catch(reject);
  });
  await consumer.disconnect();
  await admin.deleteGroups([groupId]).catch(() => undefined);
  return records;
}

function text(bytes: Message['value']): string | null {
  return bytes === null ? null : String(bytes);
}

function textsOf(headers: IHeaders = {}): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
}

/** Polls until it holds; says what it saw last when it does not in time. */
export async function until<T>(what: string, look: () => Promise<T> | T, holds: (seen: T) => boolean): Promise<T> {
  const deadline = Date.now() + 30_000;
  for (;;) {
    const seen = await look();
    if (holds(seen)) {
      return seen;
    }
    if (Date.now() > deadline) {
      throw new Error(`${what} did not come about; last seen: ${JSON.stringify(seen)}`);
    }
    await sleep(20);
  }
}
