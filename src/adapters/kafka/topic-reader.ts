import { randomUUID } from 'node:crypto';
import { type Admin, type Consumer, type Kafka, type KafkaMessage, Partitioners } from 'kafkajs';

import { ServiceError } from '../../platform/errors.ts';
import { kafkaError } from './errors.ts';

export interface TopicReading {
  readonly kafka: Pick<Kafka, 'admin' | 'consumer'>;
  readonly topic: string;
  /** Start of the name of a consumer group of this reading's own: none of the service's is touched. */
  readonly group: string;
  /** ms since 1970, by the records' timestamps. */
  readonly since: number;
  /** Of each partition no more than its newest ones. */
  readonly last?: number;
  /** Only the partition in which records of this key are. */
  readonly key?: string;
  /** The setting that names the topic, for an error. */
  readonly setting?: string;
  /** Told each record's value; `total` is how many there are about. */
  readonly onRecord: (value: Buffer, total: number, record: KafkaMessage, partition: number) => void;
}

/** Where a partition is to be read from, and up to where. */
interface Range {
  readonly from: bigint;
  readonly end: bigint;
}

/**
 * Reads a topic from a time on, up to where it ends now. Nothing is committed.
 * @throws ServiceError CONFIG_INVALID, KAFKA_UNAVAILABLE
 */
export async function readTopic(reading: TopicReading): Promise<void> {
  const { kafka, topic, group, since, setting = 'KAFKA_EVENTS_TOPIC' } = reading;
  const admin = kafka.admin();
  const groupId = `${group}.simulate.${randomUUID()}`;
  try {
    await admin.connect();
    // Asking for the offsets of a topic that is not there would make it.
    if (!(await admin.listTopics()).includes(topic)) {
      throw new ServiceError('CONFIG_INVALID', `Kafka has no topic ${topic}: name another, or set ${setting}`);
    }
    const all = await rangesOf(admin, topic, since, reading.last);
    const only = reading.key === undefined ? null : await partitionOf(admin, topic, reading.key);
    const ranges = new Map([...all].filter(([partition]) => only === null || partition === only));
    if (ranges.size > 0) {
      await consume(reading, groupId, ranges);
      await admin.deleteGroups([groupId]).catch(() => undefined); // the broker forgets it in time
    }
  } catch (cause) {
    throw kafkaError(cause, `read topic ${topic}`, { topic });
  } finally {
    await admin.disconnect();
  }
}

async function rangesOf(
  admin: Admin,
  topic: string,
  since: number,
  last = Number.MAX_SAFE_INTEGER,
): Promise<ReadonlyMap<number, Range>> {
  const ends = new Map(
    (await admin.fetchTopicOffsets(topic)).map(({ partition, high }) => [partition, BigInt(high)] as const),
  );
  const starts = await admin.fetchTopicOffsetsByTimestamp(topic, since);
  return new Map(
    starts
      .map(({ partition, offset }) => {
        const end = ends.get(partition) ?? 0n;
        const newest = end - BigInt(last);
        return [partition, { from: BigInt(offset) > newest ? BigInt(offset) : newest, end }] as const;
      })
      .filter(([, { from, end }]) => from < end),
  );
}

/** As our producer, and Kafka's own, choose it. */
async function partitionOf(admin: Admin, topic: string, key: string): Promise<number> {
  const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
  const partitionMetadata = topics[0]?.partitions ?? [];
  return Partitioners.DefaultPartitioner()({ topic, partitionMetadata, message: { key, value: null } });
}

async function consume({ kafka, topic, onRecord }: TopicReading, groupId: string, ranges: ReadonlyMap<number, Range>) {
  const total = [...ranges.values()].reduce((sum, { from, end }) => sum + Number(end - from), 0);
  const consumer = kafka.consumer({
    groupId,
    minBytes: 1,
    maxWaitTimeInMs: 200,
    retry: { restartOnFailure: () => Promise.resolve(false) },
  });
  const ended = untilRead(consumer, topic, ranges);
  try {
    await consumer.connect();
    await consumer.subscribe({ topics: [topic], fromBeginning: true });
    await consumer.run({
      autoCommit: false,
      eachBatch: async ({ batch: { partition, messages } }) => {
        const range = ranges.get(partition);
        for (const message of range === undefined ? [] : messages) {
          const { offset, value } = message;
          if (value !== null && BigInt(offset) >= (range?.from ?? 0n) && BigInt(offset) < (range?.end ?? 0n)) {
            onRecord(value, total, message, partition);
          }
        }
      },
    });
    await ended;
  } finally {
    await consumer.disconnect();
  }
}

/** Batches of nothing but what is not handed over, as the marks of transactions, are told by this event alone. */
function untilRead(consumer: Consumer, topic: string, ranges: ReadonlyMap<number, Range>): Promise<void> {
  const left = new Set(ranges.keys());
  const ended = new Promise<void>((resolve, reject) => {
    consumer.on(consumer.events.CRASH, ({ payload }) => reject(payload.error));
    consumer.on(consumer.events.GROUP_JOIN, () => {
      for (const [partition, { from }] of ranges) {
        consumer.seek({ topic, partition, offset: String(from) });
      }
    });
    consumer.on(consumer.events.END_BATCH_PROCESS, ({ payload: { partition, lastOffset } }) => {
      if (BigInt(lastOffset) + 1n >= (ranges.get(partition)?.end ?? 0n)) {
        left.delete(partition);
      }
      if (left.size === 0) {
        resolve();
      }
    });
  });
  ended.catch(() => undefined); // awaited once it runs; a crash before that must not go unhandled
  return ended;
}
