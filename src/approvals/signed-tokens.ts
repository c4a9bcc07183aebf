import { hkdfSync, timingSafeEqual } from 'node:crypto';

import { ServiceError } from '../platform/errors.ts';
import { macOver } from '../platform/mac.ts';

export interface LinkKey {
  readonly id: string;
  readonly secret: Buffer;
}

/** Keys for another purpose, one of each key of the links. What is made with one of them is worth nothing elsewhere. */
export function keysFor(purpose: string, linkKeys: readonly LinkKey[]): readonly LinkKey[] {
  return linkKeys.map(({ id, secret }) => ({ id, secret: Buffer.from(hkdfSync('sha256', secret, '', purpose, 32)) }));
}

/** A token that was taken apart. Nothing of it is believed before `verify`. */
export interface ReadToken {
  readonly key: LinkKey;
  readonly claim: Buffer;
  readonly mac: Buffer;
}

const macBytes = 32;

/**
 * Tokens that only this service can make: the key's name, a dot, and base64url of a claim and an HMAC-SHA-256. The HMAC is
 * over purpose, key's name, what the token is bound to, and claim. So a token of one purpose is none of another.
 */
export class SignedTokens {
  readonly #keys: readonly LinkKey[];
  readonly #purpose: string;
  readonly #claimBytes: number;
  readonly #form: RegExp;

  /** @param keys the first signs, all verify: a key is rotated by putting the new one in front. */
  constructor(keys: readonly LinkKey[], purpose: string, claimBytes: number) {
    this.#keys = keys;
    this.#purpose = purpose;
    this.#claimBytes = claimBytes;
    const length = Math.ceil(((claimBytes + macBytes) * 8) / 6);
    this.#form = new RegExp(`^([A-Za-z0-9_-]{1,32})\\.([A-Za-z0-9_-]{${length}})$`);
  }

  /** The same each time it is made. @param boundTo what the token holds for, and does not tell */
  sign(claim: Buffer, boundTo: readonly string[]): string {
    const [key] = this.#keys;
    if (key === undefined) {
      throw new ServiceError('CONFIG_INVALID', 'there is no key to sign links with: set LINK_KEYS');
    }
    return `${key.id}.${Buffer.concat([claim, this.#mac(key, claim, boundTo)]).toString('base64url')}`;
  }

  /** @throws ServiceError LINK_INVALID, the same for every fault */
  read(token: string): ReadToken {
    const [, keyId, encoded] = this.#form.exec(token) ?? [];
    const key = this.#keys.find(({ id }) => id === keyId);
    const all = Buffer.from(encoded ?? '', 'base64url');
    // Base64 has several spellings of the same bytes; only the one that we write counts.
    if (key === undefined || all.length !== this.#claimBytes + macBytes || all.toString('base64url') !== encoded) {
      throw invalidLink();
    }
    return { key, claim: all.subarray(0, this.#claimBytes), mac: all.subarray(this.#claimBytes) };
  }

  isGenuine({ key, claim, mac }: ReadToken, boundTo: readonly string[]): boolean {
    return timingSafeEqual(mac, this.#mac(key, claim, boundTo));
  }

  /** A value for the form of a token's page. Only a browser that could open the page has it. @param fields purpose first */
  nonce(token: string, [purpose, ...fields]: readonly [string, ...string[]]): string {
    return macOver(this.read(token).key.secret, [purpose, token, ...fields]).toString('base64url');
  }

  #mac(key: LinkKey, claim: Buffer, boundTo: readonly string[]): Buffer {
    return macOver(key.secret, [this.#purpose, key.id, ...boundTo, claim]);
  }
}

export function sameText(left: string, right: string): boolean {
  const [one, other] = [Buffer.from(left), Buffer.from(right)];
  return one.length === other.length && timingSafeEqual(one, other);
}

export function invalidLink(): ServiceError {
  return new ServiceError('LINK_INVALID', 'this link is not valid');
}
