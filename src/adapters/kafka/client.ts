import type { ConnectionOptions } from 'node:tls';
import {
  Kafka,
  type KafkaConfig,
  type LogEntry,
  logLevel,
  Partitioners,
  type Producer,
  type SASLOptions,
} from 'kafkajs';
import type { Logger } from 'pino';

import { createRepeats } from '../../platform/repeats.ts';
import { endUnreadable, keepRefusals, restWhenIdle } from './patch.ts';

export interface KafkaSettings {
  readonly brokers: readonly string[];
  /** Shown in the brokers' logs and quotas. */
  readonly clientId?: string;
  /** `true` for TLS with the system's authorities, or Node's own options. */
  readonly tls?: boolean | ConnectionOptions;
  readonly sasl?: {
    readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512';
    readonly username: string;
    readonly password: string;
  };
  /** How often one request is tried before its caller hears of it; about 10 s with the default. */
  readonly retries?: number;
}

restWhenIdle();
keepRefusals();
endUnreadable();

/** Connects nothing yet: each producer, consumer and admin does so for itself. */
export function createKafka({ brokers, clientId, tls, sasl, retries = 6 }: KafkaSettings, log: Logger): Kafka {
  const config: KafkaConfig = {
    brokers: [...brokers],
    clientId: clientId ?? 'vestibule',
    connectionTimeout: 3_000,
    requestTimeout: 10_000,
    retry: { initialRetryTime: 100, maxRetryTime: 3_000, retries },
    logLevel: logLevel.INFO,
    logCreator: () => toPino(log.child({ component: 'kafka' })),
  };
  if (tls) {
    config.ssl = tls;
  }
  if (sasl) {
    config.sasl = login(sasl);
  }
  return new Kafka(config);
}

/**
 * A producer for `createTopicWriter`, not connected yet. kafkajs warns unless the partitioner is named; this one places
 * keys as Java clients do.
 */
export function createProducer(kafka: Kafka): Producer {
  return kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner, allowAutoTopicCreation: false });
}

/** Spelled out, because the type does not take a mechanism that is one of three. */
function login({ mechanism, ...user }: NonNullable<KafkaSettings['sasl']>): SASLOptions {
  if (mechanism === 'plain') {
    return { mechanism, ...user };
  }
  return mechanism === 'scram-sha-256' ? { mechanism, ...user } : { mechanism, ...user };
}

/**
 * kafkajs's own words at our levels. Its INFO is chatter of joining and leaving (debug here), and its ERROR includes each
 * attempt that is about to be repeated: what is lost in the end is an error where it is noticed, so here it warns. An
 * answer to a request that was given up before is no trouble.
 */
function toPino(log: Logger): (entry: LogEntry) => void {
  const repeats = createRepeats();
  return ({ level, namespace, log: { message, timestamp: _timestamp, logger: _logger, ...rest } }) => {
    const details = { namespace, kafkajs: message, ...rest };
    if (level === logLevel.INFO || level === logLevel.DEBUG || message === 'Response without match') {
      log.debug(details, 'kafka client');
      return;
    }
    const told = repeats(`${namespace} ${message}`);
    if (told !== null) {
      log.warn({ ...details, ...told }, 'kafka client');
    }
  };
}
