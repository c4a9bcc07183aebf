import type { Logger } from 'pino';

export type SnapshotRefusal = 'unsigned' | 'unknown-key' | 'wrong' | 'unreadable' | 'too-old';

const burstMs = 60_000;

const remedies: Readonly<Record<SnapshotRefusal, string>> = {
  unsigned: 'see who can write to the approvals topic besides this service, and take the right away',
  wrong: 'see who can write to the approvals topic besides this service, and take the right away',
  'unknown-key': 'if a key was taken out of LINK_KEYS, append it again; else see who can write to the approvals topic',
  unreadable: 'run the version that wrote it; the message names the field',
  'too-old': 'nothing has to be done if it was repeated; it ended long ago',
};

/** Reports records of the approvals topic that are not believed: each counts, and a burst of them is one line of the log. */
export class RefusedSnapshots {
  readonly #log: Logger;
  readonly #count: (why: SnapshotRefusal) => void;
  readonly #now: () => number;
  #total = 0;
  #unsaid = 0;
  #lastLine = Number.NEGATIVE_INFINITY;
  #last = '';

  constructor(log: Logger, count: (why: SnapshotRefusal) => void, now: () => number = Date.now) {
    this.#log = log;
    this.#count = count;
    this.#now = now;
  }

  /** @param message what is wrong in detail; holds no content of the record */
  note(why: SnapshotRefusal, approval: string, message: string = why): void {
    this.#total += 1;
    this.#unsaid += 1;
    this.#last = `the last at ${new Date(this.#now()).toISOString()}: ${why}`;
    this.#count(why);
    if (this.#now() - this.#lastLine >= burstMs) {
      const seen = {
        why,
        because: message,
        approval: approval.slice(0, 64),
        records: this.#unsaid,
        remedy: remedies[why],
      };
      this.#log.error(seen, 'records of the approvals topic are not believed');
      this.#lastLine = this.#now();
      this.#unsaid = 0;
    }
  }

  /** For /readyz; `null`: there were none since the start. */
  get detail(): string | null {
    return this.#total === 0 ? null : `${this.#total} records of the topic were refused, ${this.#last}`;
  }
}
