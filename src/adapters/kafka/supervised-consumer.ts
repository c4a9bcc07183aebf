import { setTimeout as sleep } from 'node:timers/promises';
import type { Consumer, EachBatchPayload, Kafka } from 'kafkajs';
import type { Logger } from 'pino';

import { backoff } from '../../platform/backoff.ts';
import { createRepeats } from '../../platform/repeats.ts';
import { kafkaError } from './errors.ts';

export interface ConsumerSettings {
  readonly kafka: Pick<Kafka, 'consumer'>;
  readonly topic: string;
  readonly groupId: string;
  readonly log: Logger;
  /**
   * How long the group waits for a member that fell silent, in ms; its partitions rest meanwhile. The default is the
   * least that brokers allow by default. A broker that wants more gets more.
   */
  readonly sessionTimeoutMs?: number;
  /** Batches of different partitions handled at once. */
  readonly partitionsAtOnce?: number;
}

export interface ConsumerDuties {
  /** Ends a batch; `signal` asks to give up: the service stops, or the partition belongs to another member now. */
  eachBatch(payload: EachBatchPayload, signal: AbortSignal): Promise<void>;
  /** The group has a new generation. */
  joined(): void;
  /** No batch is under way any more, and the consumer still a member. */
  leaving(): Promise<void>;
}

/** A consumer that lived this long was well: what ends it is a new trouble, not the old one. */
const WELL_AFTER_MS = 30_000;
/** A consumer shows life twice a second, by a fetch; only joining the group again takes longer. */
const SILENT_AFTER_MS = 60_000;

/**
 * A kafkajs consumer that is there for as long as it is wanted.
 *
 *   connecting ──joined──▶ consuming ──crash, silence──▶ connecting …     stop(), from either ──▶ stopped
 *
 * kafkajs restarts a consumer after some crashes and leaves it dead after others, with nothing but an event to tell.
 * Here any crash ends the consumer and a new one is made: one way to recover, whatever the cause.
 *
 * Starts at the earliest record: brokers forget the offsets of a group that was away for a week, and starting at the
 * latest would then skip registrations without a word.
 */
export class SupervisedConsumer {
  readonly #settings: ConsumerSettings;
  readonly #duties: ConsumerDuties;
  #sessionTimeoutMs: number;
  readonly #stopping = new AbortController();
  readonly #stopped: Promise<'stopped'>;
  readonly #underway = new Set<Promise<unknown>>();
  #state: 'connecting' | 'consuming' | 'stopped' = 'connecting';
  #lastError: string | null = null;
  #lastSign = 0;
  #consumer: Consumer | null = null;
  #supervising: Promise<void> = Promise.resolve();

  constructor(settings: ConsumerSettings, duties: ConsumerDuties) {
    this.#settings = settings;
    this.#duties = duties;
    this.#sessionTimeoutMs = settings.sessionTimeoutMs ?? 6_000;
    this.#stopped = new Promise((resolve) => {
      this.#stopping.signal.addEventListener('abort', () => resolve('stopped'), { once: true });
    });
  }

  get state(): 'connecting' | 'consuming' | 'stopped' {
    return this.#state;
  }

  get lastError(): string | null {
    return this.#lastError;
  }

  /** Resolves when it has joined for the first time, or is stopped before. */
  start(): Promise<void> {
    return new Promise((resolve) => {
      this.#supervising = this.#supervise(resolve).finally(resolve);
    });
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#supervising;
  }

  /** Where to read next; does nothing while no group is joined. */
  seek(partition: number, offset: string): void {
    if (this.#state === 'consuming') {
      this.#consumer?.seek({ topic: this.#settings.topic, partition, offset });
    }
  }

  async #supervise(joined: () => void): Promise<void> {
    const { topic, groupId, log } = this.#settings;
    const repeats = createRepeats();
    for (let attempt = 1; ; attempt += 1) {
      const since = Date.now();
      const end = await this.#live(joined);
      if (end === 'stopped') {
        this.#state = 'stopped';
        return;
      }
      attempt = Date.now() - since > WELL_AFTER_MS ? 1 : attempt;
      const error = kafkaError(end, `read topic ${topic}`, { topic, groupId });
      this.#lastError = error.message;
      if (error.details['type'] === 'INVALID_SESSION_TIMEOUT') {
        this.#sessionTimeoutMs *= 2;
      }
      const retryInMs = backoff(attempt, { firstMs: 200, maxMs: 10_000 });
      const told = repeats(error.message);
      if (told !== null) {
        log.error({ topic, err: error.message, attempt, retryInMs, ...told }, 'the consumer ended; another takes over');
      }
      await Promise.race([sleep(retryInMs, undefined, { ref: false }), this.#stopped]);
    }
  }

  /** One consumer from its first connection to its end; resolves with what ended it. */
  async #live(joined: () => void): Promise<unknown> {
    const { kafka, groupId, log } = this.#settings;
    const consumer = kafka.consumer({
      groupId,
      sessionTimeout: this.#sessionTimeoutMs,
      rebalanceTimeout: this.#sessionTimeoutMs * 2,
      heartbeatInterval: this.#sessionTimeoutMs / 5,
      minBytes: 1,
      maxWaitTimeInMs: 500,
      retry: { initialRetryTime: 100, maxRetryTime: 2_000, retries: 5, restartOnFailure: () => Promise.resolve(false) },
    });
    this.#consumer = consumer;
    const { ended, stopWatching } = this.#watch(consumer, joined);
    const running = this.#run(consumer);
    const end = await Promise.race([running.then(() => ended), this.#stopped]).catch((error: unknown) => error);
    stopWatching();
    this.#state = 'connecting';
    await Promise.all(this.#underway);
    await this.#duties.leaving();
    const leave = () => consumer.disconnect().catch((error: unknown) => log.warn({ err: error }, 'left uncleanly'));
    await leave();
    running.then(leave, () => undefined); // a connection that was still being made when the stop came
    return end;
  }

  #watch(consumer: Consumer, joined: () => void): { ended: Promise<unknown>; stopWatching: () => void } {
    let watch: NodeJS.Timeout | undefined;
    const ended = new Promise<unknown>((resolve) => {
      consumer.on(consumer.events.CRASH, ({ payload }) => resolve(payload.error));
      watch = setInterval(() => {
        if (this.#state === 'consuming' && Date.now() - this.#lastSign > SILENT_AFTER_MS) {
          resolve(new Error(`no sign of life for ${SILENT_AFTER_MS} ms`));
        }
      }, SILENT_AFTER_MS / 4);
    });
    consumer.on(consumer.events.FETCH, () => this.#signOfLife());
    consumer.on(consumer.events.GROUP_JOIN, ({ payload: { memberAssignment } }) => {
      const { topic, groupId, log } = this.#settings;
      log.info({ topic, groupId, partitions: memberAssignment[topic] ?? [] }, 'consuming');
      this.#state = 'consuming';
      this.#lastError = null;
      this.#signOfLife();
      this.#duties.joined();
      joined();
    });
    return { ended, stopWatching: () => clearInterval(watch) };
  }

  async #run(consumer: Consumer): Promise<void> {
    await consumer.connect();
    await consumer.subscribe({ topics: [this.#settings.topic], fromBeginning: true });
    this.#stopping.signal.throwIfAborted();
    await consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      partitionsConsumedConcurrently: this.#settings.partitionsAtOnce ?? 8,
      eachBatch: (payload) => this.#tracked(this.#eachBatch(payload)),
    });
  }

  async #eachBatch(payload: EachBatchPayload): Promise<void> {
    const stopping = this.#stopping.signal;
    if (stopping.aborted) {
      return;
    }
    const lost = new AbortController();
    const pulse = setInterval(() => {
      payload.heartbeat().then(
        () => this.#signOfLife(),
        (error: unknown) => lost.abort(error),
      );
    }, this.#sessionTimeoutMs / 5);
    try {
      await this.#duties.eachBatch(payload, AbortSignal.any([lost.signal, stopping]));
    } catch (error) {
      if (!stopping.aborted) {
        // kafkajs reads from its own error that it has to join the group again.
        throw lost.signal.aborted ? lost.signal.reason : error;
      }
    } finally {
      clearInterval(pulse);
    }
  }

  #signOfLife(): void {
    this.#lastSign = Date.now();
  }

  #tracked(work: Promise<void>): Promise<void> {
    const settled = work.catch(() => undefined).finally(() => this.#underway.delete(settled));
    this.#underway.add(settled);
    return work;
  }
}
