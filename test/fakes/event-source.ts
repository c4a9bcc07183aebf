import { setImmediate as turn } from 'node:timers/promises';

import type { BatchHandler, EventSource } from '../../src/ingest/consume.ts';

/** An events topic of one partition in memory, as true to `EventSource` as Kafka is. */
export class MemoryEventSource implements EventSource {
  /** The next offset that a restart would read. */
  committed = 0;
  #end = 0;
  #handler: BatchHandler | null = null;
  readonly #stopping = new AbortController();
  #underway: Promise<void> = Promise.resolve();

  async start(onBatch: BatchHandler): Promise<void> {
    this.#handler = onBatch;
  }

  /** Hands these over as one batch: text as it is, `null` as a tombstone, the rest as JSON. */
  deliver(values: readonly unknown[]): Promise<void> {
    const records = values.map((value, index) => ({
      topic: 'events',
      partition: 0,
      offset: String(this.#end + index),
      key: null,
      value: value === null ? null : Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)),
      headers: {},
    }));
    this.#end += records.length;
    const next = this.#end;
    this.#underway = (this.#handler?.(records, this.#stopping.signal) ?? Promise.resolve()).then(
      () => {
        this.committed = next;
      },
      (error: unknown) => {
        if (!this.#stopping.signal.aborted) {
          throw error;
        }
      },
    );
    return this.#underway;
  }

  /** Lets everything go on that waits for nothing outside. */
  async settle(): Promise<void> {
    await turn();
    await turn();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#underway;
  }

  health() {
    return { state: 'consuming', lag: this.#end - this.committed, lastError: null } as const;
  }
}
