import type { Message, Producer } from 'kafkajs';
import type { Logger } from 'pino';

import { ServiceError } from '../../platform/errors.ts';
import { kafkaError } from './errors.ts';

export interface TopicWriter {
  /**
   * Resolves when all in-sync replicas have it. While Kafka is known to be away it fails at once.
   * @throws ServiceError KAFKA_UNAVAILABLE; Kafka may have it all the same
   */
  write(message: Message): Promise<void>;
  /** Resolves when no write is under way, whatever became of it. */
  idle(): Promise<void>;
}

export interface TopicWriterOptions {
  readonly log?: Logger;
  /** How long a write waits for Kafka, in ms: a broker that hands over to another needs a second or two. */
  readonly patienceMs?: number;
  /** After a failure, nothing is tried for this long, in ms. */
  readonly restMs?: number;
}

/** Below the brokers' default `message.max.bytes`, which holds for all that one request brings to a partition. */
const MAX_BATCH_BYTES = 900_000;
const MESSAGE_OVERHEAD = 100;
/** What Kafka says of one record. It says nothing of the others in the same request. */
const refusals = new Set(['MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE', 'INVALID_RECORD']);

interface Waiting {
  readonly message: Message;
  readonly resolve: () => void;
  readonly reject: (error: ServiceError) => void;
}

/** Whether Kafka refuses this record and takes others. */
export function isRefusedRecord(error: unknown): boolean {
  return error instanceof ServiceError && refusals.has(String(error.details['type']));
}

/**
 * Writes to one topic, one request at a time; what comes in meanwhile travels together in the next. So a single message
 * is sent at once, a burst is batched without a timer, and messages arrive in the order of their `write` even when a
 * request is repeated.
 *
 * A request that fails, or has no answer in time, fails all writes that wait. Until the next one succeeds, one write at a
 * time tries, and all others fail at once: no worker waits for a Kafka that is away. A request without an answer stays
 * alone until its end, so no later write overtakes it.
 *
 * Not kafkajs's idempotent producer: when it gives a request up it takes the sequence numbers back, and if the broker
 * had stored that request after all, it then acknowledges the next one as a repeat without storing it. A duplicate does
 * no harm here (entries and snapshots carry an id), a silent loss does.
 */
export function createTopicWriter(
  producer: Pick<Producer, 'send'>,
  topic: string,
  options: TopicWriterOptions = {},
): TopicWriter {
  return new Writer(producer, topic, options);
}

class Writer implements TopicWriter {
  readonly #producer: Pick<Producer, 'send'>;
  readonly #topic: string;
  readonly #options: TopicWriterOptions;
  readonly #queue: Waiting[] = [];
  readonly #underWay = new Set<Promise<void>>();
  #pumping = false;
  /** What the last request failed with, and until when nothing is tried. */
  #trouble: { readonly error: ServiceError; readonly restUntil: number } | null = null;

  constructor(producer: Pick<Producer, 'send'>, topic: string, options: TopicWriterOptions) {
    this.#producer = producer;
    this.#topic = topic;
    this.#options = options;
  }

  write(message: Message): Promise<void> {
    if (this.#trouble !== null && (this.#pumping || Date.now() < this.#trouble.restUntil)) {
      return Promise.reject(this.#trouble.error);
    }
    const written = new Promise<void>((resolve, reject) => {
      this.#queue.push({ message, resolve, reject });
    });
    const settled = written.catch(() => undefined);
    this.#underWay.add(settled);
    void settled.then(() => this.#underWay.delete(settled));
    if (!this.#pumping) {
      void this.#pump();
    }
    return written;
  }

  async idle(): Promise<void> {
    await Promise.all(this.#underWay);
  }

  async #pump(): Promise<void> {
    this.#pumping = true;
    while (this.#queue.length > 0) {
      await this.#send(this.#queue.splice(0, fitting(this.#queue)));
    }
    this.#pumping = false;
  }

  /** Never fails: each write has its own answer. */
  async #send(batch: readonly Waiting[]): Promise<void> {
    const topic = this.#topic;
    const late = setTimeout(() => {
      const error = new ServiceError('KAFKA_UNAVAILABLE', `no answer to a write to topic ${topic} in time`, { topic });
      this.#fail(batch, error);
    }, this.#options.patienceMs ?? 5_000).unref();
    try {
      await this.#producer.send({ topic, acks: -1, messages: batch.map(({ message }) => message) });
      batch.forEach(({ resolve }) => resolve());
      this.#recovered();
    } catch (cause) {
      const error = kafkaError(cause, `write to topic ${topic}`, { topic }, 'Write');
      if (!isRefusedRecord(error)) {
        this.#fail(batch, error);
      } else if (batch.length === 1) {
        batch.forEach(({ reject }) => reject(error));
      } else {
        await this.#eachAlone(batch);
      }
    } finally {
      clearTimeout(late);
    }
  }

  async #eachAlone(batch: readonly Waiting[]): Promise<void> {
    for (const [index, one] of batch.entries()) {
      if (index > 0 && this.#trouble !== null) {
        return this.#fail(batch.slice(index), this.#trouble.error);
      }
      await this.#send([one]);
    }
    return undefined;
  }

  #fail(batch: readonly Waiting[], error: ServiceError): void {
    if (this.#trouble === null) {
      const details = { topic: this.#topic, err: error.message };
      this.#options.log?.error(details, 'Kafka takes no records of a topic; what needs it waits');
    }
    this.#trouble = { error, restUntil: Date.now() + (this.#options.restMs ?? 1_000) };
    [...batch, ...this.#queue.splice(0)].forEach(({ reject }) => reject(error));
  }

  #recovered(): void {
    if (this.#trouble !== null) {
      this.#options.log?.info({ topic: this.#topic }, 'Kafka takes records again');
    }
    this.#trouble = null;
  }
}

/** How many of the waiting messages one request may take; at least one. */
function fitting(queue: readonly Waiting[]): number {
  let bytes = 0;
  const tooMuch = queue.findIndex(({ message }) => (bytes += sizeOf(message)) > MAX_BATCH_BYTES);
  return tooMuch === -1 ? queue.length : Math.max(tooMuch, 1);
}

function sizeOf({ key, value, headers }: Message): number {
  const parts = [key, value, ...Object.entries(headers ?? {}).flat(2)];
  return parts.reduce((sum, part) => sum + (part ? Buffer.byteLength(part) : 0), MESSAGE_OVERHEAD);
}
