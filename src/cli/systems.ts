import type { Redis } from 'ioredis';
import type { Kafka, Producer } from 'kafkajs';

import { createStrictAudit } from '../adapters/kafka/audit.ts';
import { createKafka, createProducer } from '../adapters/kafka/client.ts';
import { kafkaError } from '../adapters/kafka/errors.ts';
import { kafkaSettingsOf } from '../adapters/kafka/settings.ts';
import { createTopicWriter } from '../adapters/kafka/topic-writer.ts';
import { openStoredJobs, type StoredJobs } from '../adapters/queue/stored-jobs.ts';
import { createApprovalReader } from '../adapters/redis/approval-reader.ts';
import { connectRedis } from '../adapters/redis/connect.ts';
import type { ApprovalStore } from '../approvals/approval.ts';
import type { ApprovalLists } from '../approvals/review.ts';
import type { Audit } from '../jobs/audit.ts';
import { Lifecycle } from '../platform/lifecycle.ts';
import { createLog } from '../platform/log.ts';
import { kafkaSettings, readSettings } from '../platform/settings.ts';
import type { Io } from './command.ts';

/** Every fault reaches the operator as an error of its own. */
const log = createLog('silent');
const patienceMs = 5_000;

/** What commands open, each when it is needed, and with its own settings only. */
export interface Systems {
  queues(): Promise<{
    readonly jobs: StoredJobs;
    readonly approvals: Pick<ApprovalStore, 'get' | 'ofUser'> & ApprovalLists;
  }>;
  audit(): Promise<Pick<Audit, 'record'>>;
  kafka(): Kafka;
  producer(): Promise<Producer>;
}

export async function withSystems<T>(io: Io, work: (systems: Systems) => Promise<T>): Promise<T> {
  const lifecycle = new Lifecycle();
  try {
    return await work(systemsOf(io, lifecycle));
  } finally {
    await lifecycle.close().catch(() => undefined); // what the command did is done by now
  }
}

export function topicsOf(io: Io) {
  return readSettings(io.env, [...kafkaSettings, 'KAFKA_AUDIT_TOPIC', 'KAFKA_DEAD_LETTER_TOPIC']);
}

function systemsOf(io: Io, lifecycle: Lifecycle): Systems {
  const kafka = () => createKafka(kafkaSettingsOf(topicsOf(io)), log);
  let made: Promise<Producer> | undefined;
  const producer = () => (made ??= openProducer(kafka(), lifecycle));
  return {
    async queues() {
      const config = readSettings(io.env, ['REDIS_URL', 'REDIS_PREFIX']);
      const redis: Redis = await lifecycle.open(
        'redis',
        () => connectRedis({ url: config.REDIS_URL.reveal(), log, patienceMs }),
        (client) => client.disconnect(),
      );
      const jobs = await lifecycle.open(
        'queues',
        () => openStoredJobs(redis, config.REDIS_PREFIX),
        (opened) => opened.close(),
      );
      return { jobs, approvals: createApprovalReader(redis, config.REDIS_PREFIX) };
    },
    async audit() {
      return createStrictAudit({ writer: createTopicWriter(await producer(), topicsOf(io).KAFKA_AUDIT_TOPIC), log });
    },
    kafka,
    producer,
  };
}

function openProducer(kafka: Kafka, lifecycle: Lifecycle): Promise<Producer> {
  return lifecycle.open(
    'kafka producer',
    async () => {
      const producer = createProducer(kafka);
      await producer.connect().catch((cause: unknown) => {
        throw kafkaError(cause, 'connect to Kafka');
      });
      return producer;
    },
    (producer) => producer.disconnect(),
  );
}
