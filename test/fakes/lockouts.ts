import type { Lockouts, Mark, Registered } from '../../src/jobs/payloads.ts';
import type { UserRef } from '../../src/ingest/registration.ts';

interface Kept {
  readonly disabled: Mark['disabled'] | 'released' | 'never';
  readonly finished: boolean;
}

const unmarked: Kept = { disabled: null, finished: false };

export class FakeLockouts implements Lockouts {
  readonly #marks = new Map<string, Kept>();
  readonly #open = new Set<string>();
  /** Redis was emptied, and Kafka is not read again. */
  unsure = false;

  /** As Redis and Kafka do that lose everything. */
  lose(): void {
    this.#marks.clear();
  }

  async claim(who: Registered): Promise<boolean> {
    const { disabled, finished } = this.#of(who);
    const first = disabled === null && !finished;
    if (first) {
      this.#change(who, { disabled: 'claimed' });
    }
    return first;
  }

  async take(who: Registered): Promise<void> {
    if (!isOurs(this.#of(who))) {
      this.#change(who, { disabled: 'claimed' });
    }
  }

  async takeBack(who: UserRef): Promise<void> {
    if (this.#of(who).disabled === 'released') {
      this.#change(who, { disabled: 'claimed' });
    }
  }

  async letGo(who: Registered): Promise<boolean> {
    const { disabled } = this.#of(who);
    this.#change(who, { disabled: disabled === null || disabled === 'never' ? 'never' : 'released' });
    return disabled !== null && disabled !== 'never';
  }

  async wasLetGo(who: UserRef): Promise<boolean> {
    return this.#of(who).disabled === 'released';
  }

  async claimed(who: UserRef): Promise<boolean> {
    return isOurs(this.#of(who));
  }

  async disabled(who: UserRef): Promise<void> {
    if (this.#of(who).disabled === 'claimed') {
      this.#change(who, { disabled: 'done' });
    }
  }

  async mark(who: Registered): Promise<Mark> {
    const { disabled, finished } = this.#of(who);
    const ours = disabled === 'claimed' || disabled === 'done' ? disabled : null;
    return { disabled: ours, finished, ...(this.unsure && !this.#marks.has(keyOf(who)) ? { unsure: true } : {}) };
  }

  async open(registered: readonly Registered[]): Promise<void> {
    for (const who of registered.filter((one) => !this.#of(one).finished)) {
      this.#open.add(keyOf(who));
    }
  }

  async finish(who: Registered): Promise<void> {
    this.#open.delete(keyOf(who));
    this.#change(who, { finished: true });
  }

  #of(who: UserRef): Kept {
    return this.#marks.get(keyOf(who)) ?? unmarked;
  }

  #change(who: UserRef, change: Partial<Kept>): void {
    this.#marks.set(keyOf(who), { ...this.#of(who), ...change });
  }
}

function isOurs({ disabled }: Kept): boolean {
  return disabled === 'claimed' || disabled === 'done';
}

function keyOf({ realm, userId }: UserRef): string {
  return `${userId} ${realm}`;
}
