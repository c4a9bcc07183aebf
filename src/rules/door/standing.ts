import { createHash } from 'node:crypto';

import { isPartKey } from './wire.ts';

/**
 * The last record of each key of a policy, and where it is. Anybody who can write to the topic decides what comes here.
 * So it keeps no text, and no key that no policy has.
 */
export class Standing {
  readonly #records = new Map<string, { readonly offset: bigint; readonly digest: string }>();

  /** How many it keeps. */
  get size(): number {
    return this.#records.size;
  }

  put(key: string, value: string | null, offset: bigint): void {
    if (isPartKey(key)) {
      this.#records.set(key, { offset, digest: value === null ? '' : digestOf(value) });
    }
  }

  /** What the topic has no more: all that is not between its first offset and its end. */
  keep(first: bigint, end: bigint): void {
    for (const [key, { offset }] of this.#records) {
      if (offset < first || offset >= end) {
        this.#records.delete(key);
      }
    }
  }

  has(key: string, digest: string): boolean {
    return this.#records.get(key)?.digest === digest;
  }
}

export function digestOf(value: string): string {
  return createHash('sha256').update(value).digest('base64');
}
