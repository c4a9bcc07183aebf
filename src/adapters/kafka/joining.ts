import { setTimeout as sleep } from 'node:timers/promises';

import type { Logger } from 'pino';

import { backoff } from '../../platform/backoff.ts';
import { begun } from '../../platform/begun.ts';
import { isAway } from './errors.ts';

export interface JoiningDeps {
  readonly log: Logger;
  /** How long one step may keep the start waiting, in ms. */
  readonly patienceMs?: number;
  readonly waitMs?: (attempt: number) => number;
}

/** Something that the start does with Kafka. It may run again after a failure. */
type Step = (again: boolean) => Promise<void>;

/**
 * What the start does with Kafka, step by step. If Kafka does not answer, the start goes on without it: that step and all
 * later ones wait their turn in the background, in the same order. What Kafka refuses ends the start, as it is for an
 * operator to mend. Once the service runs without Kafka, a refusal no longer ends it: it closes accounts meanwhile.
 */
export class KafkaJoining {
  readonly #deps: JoiningDeps;
  readonly #stopping = new AbortController();
  readonly #left: Step[] = [];
  #trouble: string | null = null;
  #said: string | null = null;

  constructor(deps: JoiningDeps) {
    this.#deps = deps;
  }

  /** What keeps the service from Kafka; `null`: all steps so far are done. */
  get trouble(): string | null {
    return this.#trouble;
  }

  /**
   * Resolves when the step is done, or put off.
   * @throws whatever the step fails with, unless Kafka does not answer
   */
  async step(work: Step): Promise<void> {
    if (this.#trouble !== null) {
      this.#left.push(work);
      return;
    }
    const { patienceMs = 20_000 } = this.#deps;
    const first = begun(work(false));
    const enough = new AbortController();
    const late = sleep(patienceMs, 'late' as const, { ref: false, signal: enough.signal });
    try {
      if ((await Promise.race([first, begun(late)])) === 'late') {
        let waitsStill = true;
        this.#putOff(`no answer within ${patienceMs / 1_000} s`, (again) => {
          const firstTurn = waitsStill;
          waitsStill = false;
          return firstTurn ? first : work(again);
        });
      }
    } catch (error) {
      if (!isAway(error)) {
        throw error;
      }
      this.#putOff(error.message, work);
    } finally {
      enough.abort();
    }
  }

  /** No further step begins. */
  stop(): void {
    this.#stopping.abort();
  }

  #putOff(because: string, step: Step): void {
    this.#trouble = because;
    this.#left.push(step);
    this.#deps.log.error({ because }, 'Kafka is away at the start; the service works without it until it answers');
    void this.#goOn();
  }

  /** Never fails. */
  async #goOn(): Promise<void> {
    const { log, waitMs = backoff } = this.#deps;
    const { signal } = this.#stopping;
    for (let attempt = 1; this.#left[0] !== undefined && !signal.aborted;) {
      try {
        await this.#left[0](true);
        this.#left.shift();
        attempt = 1;
      } catch (error) {
        this.#note(error);
        await sleep(waitMs(attempt), undefined, { ref: false, signal }).catch(() => undefined); // the service stops
        attempt += 1;
      }
    }
    if (!signal.aborted) {
      this.#trouble = null;
      this.#said = null;
      log.info('Kafka answers; all that was put off at the start is done');
    }
  }

  #note(error: unknown): void {
    this.#trouble = error instanceof Error ? error.message : String(error);
    if (!isAway(error) && this.#said !== this.#trouble) {
      this.#said = this.#trouble;
      this.#deps.log.error({ because: this.#trouble }, 'the service cannot join Kafka, and goes on without it');
    }
  }
}
