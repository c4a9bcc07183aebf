import type { Lockouts, Mark, Registered } from '../../src/jobs/payloads.ts';
import type { UserRef } from '../../src/ingest/registration.ts';

const unmarked: Mark = { disabled: null, finished: false };

export class FakeLockouts implements Lockouts {
  readonly #marks = new Map<string, Mark>();
  readonly #open = new Set<string>();

  async claim(who: Registered): Promise<boolean> {
    const mark = this.#of(who);
    const first = mark.disabled === null && !mark.finished;
    if (first) {
      this.#marks.set(keyOf(who), { ...mark, disabled: 'claimed' });
    }
    return first;
  }

  async claimed(who: UserRef): Promise<boolean> {
    return this.#of(who).disabled !== null;
  }

  async disabled(who: UserRef): Promise<void> {
    const mark = this.#of(who);
    if (mark.disabled === 'claimed') {
      this.#marks.set(keyOf(who), { ...mark, disabled: 'done' });
    }
  }

  async mark(who: Registered): Promise<Mark> {
    return this.#of(who);
  }

  async open(who: Registered): Promise<void> {
    if (!this.#of(who).finished) {
      this.#open.add(keyOf(who));
    }
  }

  async finish(who: Registered): Promise<void> {
    this.#open.delete(keyOf(who));
    this.#marks.set(keyOf(who), { ...this.#of(who), finished: true });
  }

  #of(who: UserRef): Mark {
    return this.#marks.get(keyOf(who)) ?? unmarked;
  }
}

function keyOf({ realm, userId }: UserRef): string {
  return `${userId} ${realm}`;
}
