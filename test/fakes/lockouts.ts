import type { Lockouts } from '../../src/jobs/payloads.ts';
import type { UserRef } from '../../src/ingest/registration.ts';

export class FakeLockouts implements Lockouts {
  readonly #marks = new Map<string, 'claimed' | 'released' | 'never-claimed'>();

  /** As Redis does that loses everything. */
  lose(): void {
    this.#marks.clear();
  }

  async claim(who: UserRef): Promise<boolean> {
    const first = !this.#marks.has(keyOf(who));
    if (first) {
      this.#marks.set(keyOf(who), 'claimed');
    }
    return first;
  }

  async take(who: UserRef): Promise<void> {
    this.#marks.set(keyOf(who), 'claimed');
  }

  async letGo(who: UserRef): Promise<boolean> {
    const mark = this.#marks.get(keyOf(who)) ?? 'never-claimed';
    this.#marks.set(keyOf(who), mark === 'claimed' ? 'released' : mark);
    return mark !== 'never-claimed';
  }

  async wasLetGo(who: UserRef): Promise<boolean> {
    return this.#marks.get(keyOf(who)) === 'released';
  }

  async claimed(who: UserRef): Promise<boolean> {
    return this.#marks.get(keyOf(who)) === 'claimed';
  }
}

function keyOf({ realm, userId }: UserRef): string {
  return `${userId} ${realm}`;
}
