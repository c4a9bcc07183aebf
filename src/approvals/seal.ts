import { timingSafeEqual } from 'node:crypto';

import { macOver } from '../platform/mac.ts';
import { keysFor, type LinkKey } from './signed-tokens.ts';

/** Header of the approvals topic in which a record's seal travels. */
export const sealHeader = 'vestibule-signature';

const purpose = 'vestibule approval snapshot v1';

/** `older`: genuine, and made with a key that no longer seals. */
export type SealVerdict = 'genuine' | 'older' | 'unsigned' | 'unknown-key' | 'wrong';

export interface SealedRecord {
  /** The approval's id: the key of the record. */
  readonly id: string;
  /** `null`: a tombstone, which takes the approval away. */
  readonly json: string | null;
}

/**
 * Proves that a record of the approvals topic is ours. The service acts on these records, also with deletions. So no
 * other writer to the topic may be able to make one. The seal covers purpose, key, topic, id and content. Its keys are
 * derived from LINK_KEYS: the first one seals, all verify.
 */
export class Seals {
  readonly #keys: readonly LinkKey[];
  readonly #topic: string;

  constructor(linkKeys: readonly LinkKey[], topic: string) {
    this.#keys = keysFor(purpose, linkKeys);
    this.#topic = topic;
  }

  /** Id of the key that seals. */
  get current(): string {
    return this.#first().id;
  }

  seal(record: SealedRecord): string {
    const key = this.#first();
    return `${key.id}.${this.#mac(key, record).toString('base64url')}`;
  }

  verify(record: SealedRecord, seal: string | undefined): SealVerdict {
    if (seal === undefined) {
      return 'unsigned';
    }
    const [, keyId, given = ''] = /^([A-Za-z0-9_-]{1,64})\.([A-Za-z0-9_-]{43})$/.exec(seal) ?? [];
    const key = this.#keys.find(({ id }) => id === keyId);
    if (key === undefined) {
      return keyId === undefined ? 'wrong' : 'unknown-key';
    }
    const expected = Buffer.from(this.#mac(key, record).toString('base64url'));
    if (!timingSafeEqual(Buffer.from(given), expected)) {
      return 'wrong';
    }
    return key.id === this.current ? 'genuine' : 'older';
  }

  #first(): LinkKey {
    const [key] = this.#keys;
    if (key === undefined) {
      throw new TypeError('there is no key to seal with');
    }
    return key;
  }

  #mac(key: LinkKey, { id, json }: SealedRecord): Buffer {
    return macOver(key.secret, [
      purpose,
      key.id,
      this.#topic,
      id,
      json === null ? 'tombstone' : 'snapshot',
      json ?? '',
    ]);
  }
}
