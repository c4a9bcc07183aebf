import type { Closings } from '../../src/jobs/payloads.ts';
import type { Who } from '../../src/ingest/registration.ts';

export class FakeClosings implements Closings {
  readonly #claimed = new Set<string>();

  async claim(who: Who): Promise<boolean> {
    const first = !(await this.claimed(who));
    this.#claimed.add(keyOf(who));
    return first;
  }

  async claimed(who: Who): Promise<boolean> {
    return this.#claimed.has(keyOf(who));
  }
}

function keyOf({ realm, userId }: Who): string {
  return `${userId} ${realm}`;
}
