import type { Closings } from '../../src/jobs.ts';

export class FakeClosings implements Closings {
  readonly #claimed = new Set<string>();

  async claim(eventId: string): Promise<boolean> {
    const first = !this.#claimed.has(eventId);
    this.#claimed.add(eventId);
    return first;
  }

  async claimed(eventId: string): Promise<boolean> {
    return this.#claimed.has(eventId);
  }
}
