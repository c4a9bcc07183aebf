import type { DigestWindows } from '../../src/approvals/digest-windows.ts';
import type { Asked, Collected } from '../../src/jobs/questions.ts';

interface Window {
  readonly window: number;
  readonly until: number;
  readonly first: string;
}

/** Windows in memory. `lose` is what happens when Redis is emptied. */
export class FakeDigestWindows implements DigestWindows {
  readonly #now: () => number;
  readonly #windows = new Map<string, Window>();
  readonly #collected = new Map<string, Map<string, Asked>>();
  readonly #sent = new Set<string>();

  constructor(now: () => number) {
    this.#now = now;
  }

  lose(): void {
    this.#windows.clear();
    this.#collected.clear();
    this.#sent.clear();
  }

  async enter(reader: string, asked: Asked, spanMs: number): Promise<'at-once' | { window: number; until: number }> {
    const now = this.#now();
    const open = this.#windows.get(reader);
    if (open !== undefined && open.first !== asked.id) {
      const collected = this.#of({ reader, window: open.window });
      if (now < open.until || (collected.size > 0 && now < open.until + spanMs)) {
        collected.set(asked.id, asked);
        return { window: open.window, until: open.until };
      }
    } else if (open !== undefined && now < open.until) {
      return 'at-once';
    }
    this.#windows.set(reader, { window: now, until: now + spanMs, first: asked.id });
    return 'at-once';
  }

  async close({ reader, window }: Collected, jobId: string, spanMs: number): Promise<readonly Asked[]> {
    const now = this.#now();
    if (this.#windows.get(reader)?.window === window) {
      this.#windows.set(reader, { window: Math.max(window + 1, now), until: now + spanMs, first: jobId });
    }
    return [...this.#of({ reader, window }).values()].toSorted((left, right) => left.id.localeCompare(right.id));
  }

  async done({ reader, window }: Collected, ids: readonly string[]): Promise<void> {
    ids.forEach((id) => this.#sent.add(`${reader} ${id}`));
    this.#collected.delete(`${reader} ${window}`);
  }

  async withdraw(reader: string, jobId: string): Promise<void> {
    const open = this.#windows.get(reader);
    if (open?.first === jobId && this.#of({ reader, window: open.window }).size === 0) {
      this.#windows.delete(reader);
    }
  }

  async wasSent(reader: string, id: string): Promise<boolean> {
    return this.#sent.has(`${reader} ${id}`);
  }

  #of({ reader, window }: Collected): Map<string, Asked> {
    const key = `${reader} ${window}`;
    const collected = this.#collected.get(key) ?? new Map<string, Asked>();
    this.#collected.set(key, collected);
    return collected;
  }
}
