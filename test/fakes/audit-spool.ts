import type { AuditSpool, SpooledEntry } from '../../src/adapters/redis/audit-spool.ts';

/** The spool in memory. */
export class FakeAuditSpool implements AuditSpool {
  readonly #most: { readonly entries: number; readonly refused: number };
  #lists: Record<SpooledEntry['list'], SpooledEntry[]> = { waiting: [], refused: [] };
  readonly #noted = new Set<string>();
  #place = 0;

  constructor(most = { entries: 100, refused: 100 }) {
    this.#most = most;
  }

  async add(json: string): Promise<boolean> {
    return this.#put('waiting', json, this.#most.entries);
  }
  async first(count: number): Promise<readonly SpooledEntry[]> {
    return this.#lists.waiting.slice(0, count);
  }
  async refused(count: number): Promise<readonly SpooledEntry[]> {
    return this.#lists.refused.slice(0, count);
  }
  async done(entries: readonly SpooledEntry[]): Promise<void> {
    for (const { list, place } of entries) {
      this.#lists[list] = this.#lists[list].filter((kept) => kept.place !== place);
    }
  }
  async setAside(entry: SpooledEntry): Promise<boolean> {
    if (!this.#put('refused', entry.json, this.#most.refused)) {
      return false;
    }
    await this.done([entry]);
    return true;
  }
  async backlog() {
    const { waiting, refused } = this.#lists;
    return { entries: waiting.length, oldestMs: 0, refused: refused.length };
  }
  async hold(work: () => Promise<void>): Promise<void> {
    await work();
  }
  async noted(id: string): Promise<boolean> {
    return this.#noted.has(id);
  }
  async note(id: string): Promise<void> {
    this.#noted.add(id);
  }

  #put(list: SpooledEntry['list'], json: string, most: number): boolean {
    if (this.#lists[list].length >= most) {
      return false;
    }
    this.#lists[list].push({ list, place: String(++this.#place), json });
    return true;
  }
}
