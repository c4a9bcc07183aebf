import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';

import type { Redis } from 'ioredis';
import type { Logger } from 'pino';

import { ServiceError } from '../../platform/errors.ts';
import { isRefusedRecord } from '../kafka/topic-writer.ts';
import type { RememberedState } from './remembered-state.ts';
import { type Change, recordOf } from './state-record.ts';

export interface StatePublisherDeps {
  readonly redis: Redis;
  readonly state: RememberedState;
  /** Resolves when Kafka has it; `null`: a tombstone. */
  readonly publish: (key: string, json: string | null) => Promise<void>;
  readonly log: Logger;
  readonly now: () => number;
  readonly everyMs?: number;
  /** A change waits for so long: a job that ends before needs neither a record nor a tombstone. */
  readonly settleMs?: number;
  /** How long `flush` waits for Kafka. */
  readonly patienceMs?: number;
}

const atOnce = 500;
/** Longer than Kafka may take for what is sent at once. A publisher that dies holds up the others for so long. */
const lockMs = 10_000;
/** When a record that Kafka refused is tried again: an operator has to change the topic first. */
const refusedMs = 60_000;
const release = `if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0`;

/**
 * Sends to Kafka what changed in Redis, in the order of the changes. One instance at a time does it for all. While Kafka
 * is away, changes wait in Redis, and nothing else does. A record that Kafka refuses, such as one that is too large, waits
 * by itself: the others go on.
 */
export class StatePublisher {
  readonly #deps: StatePublisherDeps;
  readonly #id = randomUUID();
  #turn: Promise<void> = Promise.resolve();
  #timer: NodeJS.Timeout | undefined;
  #failing = false;

  constructor(deps: StatePublisherDeps) {
    this.#deps = deps;
  }

  start(): void {
    const { everyMs = 500, settleMs = 1_000, now } = this.#deps;
    let busy = false; // while Kafka is away, a turn takes longer than the time between two
    this.#timer = setInterval(() => {
      if (!busy) {
        busy = true;
        void this.#publishOrReport(now() - settleMs).finally(() => (busy = false));
      }
    }, everyMs);
  }

  /** Publishes what is left, if Kafka takes it. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#publishOrReport(this.#deps.now());
  }

  /**
   * Resolves when Kafka has all changes that were made before the call, except records that it refuses.
   * @throws ServiceError KAFKA_UNAVAILABLE, REDIS_UNAVAILABLE
   */
  async flush(): Promise<void> {
    const { state, now, patienceMs = 10_000 } = this.#deps;
    const until = now();
    for (;;) {
      await this.#publish(until);
      const oldest = await state.oldestUnpublished();
      if (oldest === null || oldest > until) {
        return;
      }
      if (now() - until > patienceMs) {
        throw new ServiceError('KAFKA_UNAVAILABLE', 'Kafka does not have the state yet');
      }
      await sleep(50); // another instance is at it
    }
  }

  async #publishOrReport(until: number): Promise<void> {
    try {
      await this.#publish(until);
      if (this.#failing) {
        this.#deps.log.info('the state is published again');
      }
      this.#failing = false;
    } catch (error) {
      if (!this.#failing) {
        this.#deps.log.warn({ err: error }, 'the state waits in Redis: it cannot be published');
      }
      this.#failing = true;
    }
  }

  /** One turn after another: they share one lock. */
  #publish(until: number): Promise<void> {
    const turn = this.#turn.then(() => this.#publishAlone(until));
    this.#turn = turn.catch(() => undefined); // who asked for the turn gets its error
    return turn;
  }

  async #publishAlone(until: number): Promise<void> {
    const { redis, state } = this.#deps;
    const oldest = await state.oldestUnpublished();
    if (oldest === null || oldest > until || !(await state.complete())) {
      return;
    }
    if ((await redis.set(state.keys.publisher, this.#id, 'PX', lockMs, 'NX')) !== 'OK') {
      return;
    }
    try {
      for (let found = atOnce; found === atOnce;) {
        const changes = await state.take(until, atOnce);
        found = changes.length;
        await redis.pexpire(state.keys.publisher, lockMs);
        await this.#send(changes);
      }
    } finally {
      await redis.eval(release, 1, state.keys.publisher, this.#id).catch(() => undefined); // it expires by itself
    }
  }

  async #send(changes: readonly Change[]): Promise<void> {
    const { state, publish } = this.#deps;
    const sent = await Promise.allSettled(changes.map((change) => publish(change.key, recordOf(change))));
    const failures: unknown[] = [];
    for (const [index, change] of changes.entries()) {
      const outcome = sent[index];
      if (outcome?.status === 'fulfilled') {
        await state.confirm(change);
      } else if (isRefusedRecord(outcome?.reason)) {
        await this.#setAside(change, outcome?.reason);
      } else {
        failures.push(outcome?.reason);
      }
    }
    if (failures.length > 0) {
      throw failures[0];
    }
  }

  async #setAside(change: Change, err: unknown): Promise<void> {
    const { state, log, now } = this.#deps;
    const bytes = Buffer.byteLength(recordOf(change) ?? '');
    log.error({ key: change.key, bytes, err }, 'Kafka refuses a record of the state: only Redis remembers it');
    await state.postpone(change, now() + refusedMs);
  }
}
