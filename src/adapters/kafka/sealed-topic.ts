import { randomUUID } from 'node:crypto';
import type { Kafka } from 'kafkajs';
import type { Logger } from 'pino';

import { type SealVerdict, type Seals, sealHeader } from '../../approvals/seal.ts';
import { kafkaError } from './errors.ts';
import { SupervisedConsumer } from './supervised-consumer.ts';
import type { TopicWriter } from './topic-writer.ts';

/** A record as the topic has it; `null`, a tombstone, takes away what the key names. */
export interface TopicRecord {
  readonly id: string;
  readonly json: string | null;
  /** Whether it is ours. */
  readonly seal: SealVerdict;
}

/** Records of one partition, without a gap from `from` up to but not including `next`. */
export interface TopicBatch {
  readonly partition: number;
  readonly from: string;
  readonly next: string;
  readonly records: readonly TopicRecord[];
}

/** Answers `null` when the batch is done with, or the offset to read at instead. */
export type BatchHandler = (batch: TopicBatch) => Promise<string | null>;

/** First offset that is there, and the one after the last, by partition. */
export type TopicRange = ReadonlyMap<number, { readonly first: bigint; readonly end: bigint }>;

/** A compacted topic in which the service remembers something: the last record of each key. Each record is sealed. */
export interface SealedTopic {
  /** Resolves when all in-sync replicas have it. */
  publish(id: string, json: string | null): Promise<void>;
  range(): Promise<TopicRange>;
  /** Reads all of it and whatever is added. */
  follow(handler: BatchHandler): TopicFollower;
}

export interface TopicFollower {
  /** Whether it is a member of its group just now, so that silence means that there is nothing to read. */
  consuming(): boolean;
  /** Where to read next. */
  seek(partition: number, offset: string): void;
  stop(): Promise<void>;
}

export interface SealedTopicDeps {
  readonly kafka: Kafka;
  readonly writer: TopicWriter;
  readonly topic: string;
  readonly seals: Pick<Seals, 'seal' | 'verify'>;
  /** Start of the names of consumer groups; each follower needs one of its own, as it reads all partitions. */
  readonly group: string;
  readonly log: Logger;
}

export function openSealedTopic({ kafka, writer, topic, seals, group, log }: SealedTopicDeps): SealedTopic {
  return {
    publish: (id, json) => writer.write({ key: id, value: json, headers: { [sealHeader]: seals.seal({ id, json }) } }),

    async range() {
      const admin = kafka.admin();
      try {
        await admin.connect();
        const partitions = await admin.fetchTopicOffsets(topic);
        return new Map(
          partitions.map(({ partition, low, high }) => [partition, { first: BigInt(low), end: BigInt(high) }]),
        );
      } catch (cause) {
        throw kafkaError(cause, `read the offsets of ${topic}`, { topic });
      } finally {
        await admin.disconnect();
      }
    },

    follow(handler) {
      const settings = { kafka, topic, groupId: `${group}.${randomUUID()}`, log };
      const consumer = new SupervisedConsumer(settings, {
        async eachBatch({ batch, ...payload }) {
          const { partition, messages } = batch;
          // Not in kafkajs's types: where the fetch began. After compaction the first record may come later.
          const from = 'fetchedOffset' in batch ? String(batch.fetchedOffset) : (batch.firstOffset() ?? '0');
          const next = String(BigInt(batch.lastOffset()) + 1n);
          const records = messages.map(({ key, value, headers }) => {
            const record = { id: String(key), json: value === null ? null : String(value) };
            const seal = headers?.[sealHeader];
            return { ...record, seal: seals.verify(record, Array.isArray(seal) ? '' : seal?.toString()) };
          });
          const elsewhere = await handler({ partition, from, next, records });
          if (elsewhere === null) {
            payload.resolveOffset(batch.lastOffset());
          } else {
            consumer.seek(partition, elsewhere);
          }
        },
        joined() {},
        leaving: () => Promise.resolve(),
      });
      void consumer.start();
      return {
        consuming: () => consumer.state === 'consuming',
        seek: (partition, offset) => consumer.seek(partition, offset),
        stop: () => consumer.stop(),
      };
    },
  };
}
