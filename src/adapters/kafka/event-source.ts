import { setTimeout as sleep } from 'node:timers/promises';
import type { Consumer, EachBatchPayload, Kafka } from 'kafkajs';
import type { Logger } from 'pino';

import { backoff } from '../../backoff.ts';
import type { BatchHandler, EventSource, IncomingRecord, SourceHealth } from '../../ingest.ts';
import { kafkaError } from './errors.ts';
import { createOffsetCommitter, type Offsets } from './offset-committer.ts';

export interface EventSourceOptions {
  readonly kafka: Pick<Kafka, 'consumer'>;
  readonly topic: string;
  readonly groupId: string;
  readonly log: Logger;
  /** How long the group waits for a member that fell silent, in ms; its partitions rest meanwhile. */
  readonly sessionTimeoutMs?: number;
  /** Batches of different partitions handled at once. */
  readonly partitionsAtOnce?: number;
}

/** A consumer that lived this long was well: what ends it is a new trouble, not the old one. */
const WELL_AFTER_MS = 30_000;
/** A consumer shows life twice a second, by a fetch; only joining the group again takes longer. */
const SILENT_AFTER_MS = 60_000;

/**
 * Reads a topic as a member of a consumer group.
 *
 *   connecting ──joined──▶ consuming ──crash, silence──▶ connecting …     stop(), from either ──▶ stopped
 *
 * kafkajs restarts a consumer after some crashes and leaves it dead after others, with nothing but an event to tell.
 * Here any crash ends the consumer and a new one is made: one way to recover, whatever the cause.
 *
 * Starts at the earliest record: brokers forget the offsets of a group that was away for a week, and starting at the
 * latest would then skip registrations without a word.
 */
export class KafkaEventSource implements EventSource {
  readonly #options: EventSourceOptions;
  readonly #log: Logger;
  readonly #heartbeatMs: number;
  readonly #sessionTimeoutMs: number;
  readonly #stopping = new AbortController();
  readonly #stopped: Promise<'stopped'>;
  readonly #underway = new Set<Promise<unknown>>();
  readonly #lags = new Map<number, number>();
  readonly #committer;
  #state: SourceHealth['state'] = 'connecting';
  #lastError: string | null = null;
  #lastSign = 0;
  #supervising: Promise<void> = Promise.resolve();

  constructor(options: EventSourceOptions) {
    this.#options = options;
    this.#log = options.log;
    this.#sessionTimeoutMs = options.sessionTimeoutMs ?? 15_000;
    this.#heartbeatMs = Math.floor(this.#sessionTimeoutMs / 5);
    this.#committer = createOffsetCommitter(options.log);
    this.#stopped = new Promise((resolve) => {
      this.#stopping.signal.addEventListener('abort', () => resolve('stopped'), { once: true });
    });
  }

  start(onBatch: BatchHandler): Promise<void> {
    return new Promise((resolve) => {
      this.#supervising = this.#supervise(onBatch, resolve).finally(resolve);
    });
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#supervising;
  }

  health(): SourceHealth {
    const lag = [...this.#lags.values()].reduce((sum, each) => sum + each, 0);
    return { state: this.#state, lag, lastError: this.#lastError };
  }

  async #supervise(onBatch: BatchHandler, joined: () => void): Promise<void> {
    const { topic, groupId } = this.#options;
    for (let attempt = 1; ; attempt += 1) {
      const since = Date.now();
      const end = await this.#live(onBatch, joined);
      if (end === 'stopped') {
        this.#state = 'stopped';
        return;
      }
      attempt = Date.now() - since > WELL_AFTER_MS ? 1 : attempt;
      const error = kafkaError(end, `read topic ${topic}`, { topic, groupId });
      this.#state = 'connecting';
      this.#lastError = error.message;
      const retryInMs = backoff(attempt, { firstMs: 200, maxMs: 10_000 });
      this.#log.error({ err: error, attempt, retryInMs }, 'the consumer ended; another takes over');
      await Promise.race([sleep(retryInMs, undefined, { ref: false }), this.#stopped]);
    }
  }

  /** One consumer from its first connection to its end; resolves with what ended it. */
  async #live(onBatch: BatchHandler, joined: () => void): Promise<unknown> {
    const consumer = this.#options.kafka.consumer({
      groupId: this.#options.groupId,
      sessionTimeout: this.#sessionTimeoutMs,
      rebalanceTimeout: this.#sessionTimeoutMs * 2,
      heartbeatInterval: this.#heartbeatMs,
      minBytes: 1,
      maxWaitTimeInMs: 500,
      retry: { initialRetryTime: 100, maxRetryTime: 2_000, retries: 5, restartOnFailure: () => Promise.resolve(false) },
    });
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
    consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
      this.#joined(payload.memberAssignment);
      joined();
    });
    const running = this.#run(consumer, onBatch);
    const end = await Promise.race([running.then(() => ended), this.#stopped]).catch((error: unknown) => error);
    clearInterval(watch);
    await Promise.all(this.#underway);
    await this.#committer.flush();
    const leave = () =>
      consumer.disconnect().catch((error: unknown) => this.#log.warn({ err: error }, 'left uncleanly'));
    await leave();
    // A connection that was still being made when the stop came.
    running.then(leave, () => undefined);
    return end;
  }

  async #run(consumer: Consumer, onBatch: BatchHandler): Promise<void> {
    await consumer.connect();
    await consumer.subscribe({ topics: [this.#options.topic], fromBeginning: true });
    this.#stopping.signal.throwIfAborted();
    await consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      partitionsConsumedConcurrently: this.#options.partitionsAtOnce ?? 8,
      eachBatch: (payload) => this.#tracked(this.#eachBatch(payload, onBatch)),
    });
  }

  async #eachBatch(payload: EachBatchPayload, onBatch: BatchHandler): Promise<void> {
    const { topic, partition } = payload.batch;
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
    }, this.#heartbeatMs);
    try {
      await onBatch(recordsOf(payload), AbortSignal.any([lost.signal, stopping]));
    } catch (error) {
      if (stopping.aborted) {
        return;
      }
      // kafkajs reads from its own error that it has to join the group again.
      throw lost.signal.aborted ? lost.signal.reason : error;
    } finally {
      clearInterval(pulse);
    }
    const last = payload.batch.lastOffset();
    payload.resolveOffset(last);
    this.#lags.set(partition, Number(payload.batch.offsetLag()));
    this.#committer.note(partition, String(BigInt(last) + 1n), (offsets) =>
      payload.commitOffsetsIfNecessary({ topics: [{ topic, partitions: partitionsOf(offsets) }] }),
    );
  }

  #joined(assignment: Record<string, number[]>): void {
    const { topic, groupId } = this.#options;
    this.#log.info({ topic, groupId, partitions: assignment[topic] ?? [] }, 'consuming');
    this.#committer.forget();
    this.#lags.clear();
    this.#state = 'consuming';
    this.#lastError = null;
    this.#signOfLife();
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

function recordsOf({ batch: { topic, partition, messages } }: EachBatchPayload): IncomingRecord[] {
  return messages.map(({ offset, key, value, headers = {} }) => ({ topic, partition, offset, key, value, headers }));
}

function partitionsOf(offsets: Offsets): { partition: number; offset: string }[] {
  return [...offsets].map(([partition, offset]) => ({ partition, offset }));
}
