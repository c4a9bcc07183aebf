import { randomUUID } from 'node:crypto';
import type { Kafka } from 'kafkajs';
import type { Logger } from 'pino';

import { signatureHeader } from '../../ingest/signature.ts';
import type { SignedRecord, StandingRecord } from '../../rules/door/topic-state.ts';
import { kafkaError } from './errors.ts';
import { SupervisedConsumer } from './supervised-consumer.ts';
import type { TopicWriter } from './topic-writer.ts';

/** The compacted topic from which Keycloak's door gets its policy. It has one partition. */
export interface DoorTopic {
  /** Resolves when all in-sync replicas have it. */
  write(record: SignedRecord): Promise<void>;
  /** First offset that is there, and the one after the last; `null`: there is no such topic. */
  range(): Promise<{ readonly first: bigint; readonly end: bigint } | null>;
  /** Reads all of it and whatever is added. */
  follow(onRecords: (records: readonly StandingRecord[], next: bigint) => void): DoorFollower;
}

export interface DoorFollower {
  /** Whether it reads just now, so that silence means that there is nothing to read. */
  consuming(): boolean;
  stop(): Promise<void>;
}

export interface DoorTopicDeps {
  readonly kafka: Kafka;
  readonly writer: Pick<TopicWriter, 'write'>;
  readonly topic: string;
  /** Start of the names of consumer groups: each instance reads all for itself. */
  readonly group: string;
  readonly log: Logger;
}

export function openDoorTopic({ kafka, writer, topic, group, log }: DoorTopicDeps): DoorTopic {
  return {
    write: ({ key, value, signature = '' }) => writer.write({ key, value, headers: { [signatureHeader]: signature } }),

    async range() {
      const admin = kafka.admin({ retry: { retries: 0 } });
      try {
        await admin.connect();
        if (!(await admin.listTopics()).includes(topic)) {
          return null; // asking for its offsets would make it
        }
        const [partition] = await admin.fetchTopicOffsets(topic);
        return { first: BigInt(partition?.low ?? 0), end: BigInt(partition?.high ?? 0) };
      } catch (cause) {
        throw kafkaError(cause, `read the offsets of ${topic}`, { topic });
      } finally {
        await admin.disconnect();
      }
    },

    follow(onRecords) {
      const consumer = new SupervisedConsumer(
        { kafka, topic, groupId: `${group}.${randomUUID()}`, log },
        {
          async eachBatch({ batch, ...payload }) {
            const records = batch.messages.map(({ key, value, headers, offset }) => {
              const signature = headers?.[signatureHeader];
              return {
                key: String(key),
                value: value === null ? null : String(value),
                signature: Array.isArray(signature) ? undefined : signature?.toString(),
                offset: BigInt(offset),
              };
            });
            const last = batch.lastOffset();
            onRecords(records, BigInt(last) + 1n);
            payload.resolveOffset(last);
          },
          joined() {},
          leaving: () => Promise.resolve(),
        },
      );
      void consumer.start();
      return { consuming: () => consumer.state === 'consuming', stop: () => consumer.stop() };
    },
  };
}
