import type { Logger } from 'pino';

export type SnapshotRefusal = 'unsigned' | 'unknown-key' | 'wrong' | 'unreadable' | 'too-old';

const burstMs = 60_000;

const remedies: Readonly<Record<SnapshotRefusal, string>> = {
  unsigned: 'see who can write to this topic besides this service, and take the right away',
  wrong: 'see who can write to this topic besides this service, and take the right away',
  'unknown-key': 'if a key was taken out of LINK_KEYS, append it again; else see who can write to this topic',
  unreadable: 'run the version that wrote it; the message names the field',
  'too-old': 'nothing has to be done if it was repeated; it ended long ago',
};

/** Reports records of a sealed topic that are not believed: each counts, and a burst of them is one line of the log. */
export class RefusedSnapshots {
  readonly #log: Logger;
  readonly #what: string;
  readonly #count: (why: SnapshotRefusal) => void;
  readonly #now: () => number;
  #total = 0;
  #unsaid = 0;
  #lastLine = Number.NEGATIVE_INFINITY;
  #last = '';

  /** @param what the topic holds */
  constructor(what: string, log: Logger, count: (why: SnapshotRefusal) => void, now: () => number = Date.now) {
    this.#what = what;
    this.#log = log;
    this.#count = count;
    this.#now = now;
  }

  /** @param message what is wrong in detail; holds no content of the record */
  note(why: SnapshotRefusal, key: string, message: string = why): void {
    this.#total += 1;
    this.#unsaid += 1;
    this.#last = `the last at ${new Date(this.#now()).toISOString()}: ${why}`;
    this.#count(why);
    if (this.#now() - this.#lastLine >= burstMs) {
      const seen = {
        topic: this.#what,
        why,
        because: message,
        key: key.slice(0, 64),
        records: this.#unsaid,
        remedy: remedies[why],
      };
      this.#log.error(seen, 'records of a sealed topic are not believed');
      this.#lastLine = this.#now();
      this.#unsaid = 0;
    }
  }

  /** For /readyz; `null`: there were none since the start. */
  get detail(): string | null {
    return this.#total === 0 ? null : `${this.#total} records of the topic were refused, ${this.#last}`;
  }
}
