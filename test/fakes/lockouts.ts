import type { Lockouts } from '../../src/jobs/payloads.ts';
import type { UserRef } from '../../src/ingest/registration.ts';

export class FakeLockouts implements Lockouts {
  readonly #claimed = new Set<string>();

  async claim(who: UserRef): Promise<boolean> {
    const first = !(await this.claimed(who));
    this.#claimed.add(keyOf(who));
    return first;
  }

  async claimed(who: UserRef): Promise<boolean> {
    return this.#claimed.has(keyOf(who));
  }
}

function keyOf({ realm, userId }: UserRef): string {
  return `${userId} ${realm}`;
}
