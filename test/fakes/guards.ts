import { type LockoutLimit, noLimit } from '../../src/execute/lockout-limit.ts';
import type { StoppedRule } from '../../src/jobs/payloads.ts';
import { createGuards, type Guards } from '../../src/execute/guards.ts';
import { createProtection, type Refusal } from '../../src/execute/protected-users.ts';

export interface GuardsSetup {
  /** Names or ids in `PROTECTED_USERS`. */
  readonly users?: readonly string[];
  /** Paths in `PROTECTED_GROUPS`. */
  readonly groups?: readonly string[];
  /** Groups that everybody is in. */
  readonly joined?: readonly string[];
  /** Administrative role that everybody has. */
  readonly role?: string | null;
  readonly limit?: LockoutLimit;
  readonly now?: () => number;
}

/** The real guards around a Keycloak in memory, with what they reported. */
export function guardsOf({
  users = [],
  groups = [],
  joined = [],
  role = null,
  limit = noLimit,
  now = Date.now,
}: GuardsSetup = {}) {
  const refusals: Refusal[] = [];
  let looks = 0;
  const privileges = {
    groups: async () => (looks++, joined),
    administrativeRole: async () => (looks++, role),
  };
  const report = (_who: unknown, refusal: Refusal): void => void refusals.push(refusal);
  const protection = createProtection({ privileges, users, groups, report });
  const guards: Guards = createGuards({ protection, limit, now });
  return { guards, protection, report, refusals, looks: () => looks };
}

/** A limit in memory; `raise` sets a stopped rule going, as another limit or other rules do with the real one. */
export class FakeLimit implements LockoutLimit {
  readonly #admitted = new Set<string>();
  #most: number;
  #stops: StoppedRule[] = [];

  constructor(most: number) {
    this.#most = most;
  }

  admit: LockoutLimit['admit'] = async ({ file, rule }, { realm, userId }) => {
    if (this.#admitted.has(userId)) {
      return true;
    }
    if (this.#stops.length > 0 || this.#admitted.size >= this.#most) {
      this.#stops = [{ realm, file, rule, at: 0 }];
      return false;
    }
    this.#admitted.add(userId);
    return true;
  };
  isStopped = async () => this.#stops.length > 0;
  stopped = async () => this.#stops;

  raise(): void {
    this.#stops = [];
    this.#most = Infinity;
  }
}
