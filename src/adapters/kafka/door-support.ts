import { createHash } from 'node:crypto';

import type { Published } from '../../rules/door/topic-state.ts';
import type { Packed } from '../../rules/door/wire.ts';

/** Which policies are of rules that an instance has that is alive; each is named by a digest. */
export interface Supporters {
  support(digest: string): Promise<void>;
  isSupported(digest: string): Promise<boolean>;
}

/** The supporter of a policy may have been slow, or Redis emptied: only so many looks in a row count. */
const looksWithoutSupport = 3;

/** Says that this instance is alive with its rules, and looks whether one is alive that has those in force. */
export class DoorSupport {
  readonly #supporters: Supporters;
  /** Looks in a row that found nobody, and for which policy. */
  #without = { sequence: -1, looks: 0 };

  constructor(supporters: Supporters) {
    this.#supporters = supporters;
  }

  /** While Redis does not answer, all are taken for alive. */
  async check(own: Packed, inForce: Published | null): Promise<void> {
    const sequence = inForce?.sequence ?? -1;
    const looks = this.#without.sequence === sequence ? this.#without.looks : 0;
    try {
      await this.#supporters.support(digestOf(own));
      const supported = inForce === null || (await this.#supporters.isSupported(digestOf(inForce)));
      this.#without = { sequence, looks: supported ? 0 : looks + 1 };
    } catch {
      this.#without = { sequence, looks: 0 };
    }
  }

  has(policy: Published): boolean {
    return this.#without.sequence !== policy.sequence || this.#without.looks < looksWithoutSupport;
  }

  /** Begins to count anew. */
  forget(): void {
    this.#without = { sequence: -1, looks: 0 };
  }
}

function digestOf({ json }: { readonly json: string }): string {
  return createHash('sha256').update(json).digest('hex').slice(0, 16);
}
