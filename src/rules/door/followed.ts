import type { PolicyRef } from '../../ingest/registration.ts';
import type { Published } from './topic-state.ts';

/** A sequence is a time. One further ahead than this is none that an instance gave. */
const mostAheadMs = 300_000;

export interface Here {
  /** Version of the rules in force here. */
  readonly own: string;
  /** The newest policy that was read here. */
  readonly inForce: Pick<Published, 'sequence'> | null;
  /** ms since 1970. */
  readonly now: number;
}

/**
 * How far an instance has followed the topic of the door. Keycloak reads it too, and may hold somebody by a policy that
 * has not come here yet. Such a policy stands in the topic before the person registers. So it does not come any more
 * if the whole topic was read after that: Keycloak then follows another topic, or the policy was lost.
 */
export class Followed {
  #next = 0n;
  #readAllAt = Number.NEGATIVE_INFINITY;
  #awaited = { sequence: 0, since: 0 };

  /** @param next offset after the last record that was read */
  read(next: bigint): void {
    this.#next = next;
  }

  /** @param end offset after the last record of the topic, asked for at `at` */
  sawEnd(end: bigint, at: number): void {
    if (this.#next >= end) {
      this.#readAllAt = at;
    }
  }

  /** Whether the policy by which Keycloak held somebody is still to come. */
  awaits({ sequence, version }: PolicyRef, { own, inForce, now }: Here): boolean {
    if (version === own || sequence <= (inForce?.sequence ?? -1) || sequence > now + mostAheadMs) {
      return false;
    }
    if (sequence > this.#awaited.sequence) {
      this.#awaited = { sequence, since: now };
    }
    return this.#readAllAt <= this.#awaited.since;
  }
}
