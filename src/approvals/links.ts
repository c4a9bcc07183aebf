import { timingSafeEqual } from 'node:crypto';

import { ServiceError } from '../platform/errors.ts';
import { macOver } from '../platform/mac.ts';
import type { Approval } from './approval.ts';

export interface LinkKey {
  readonly id: string;
  readonly secret: Buffer;
}

/** What a link claims, before it is verified. */
interface Claim {
  readonly approvalId: string;
  readonly approver: number;
  /** Seconds since 1970. */
  readonly expires: number;
}

/** 16 bytes of approval id, 2 of approver, 5 of expiry. */
const claimBytes = 23;
const macBytes = 32;

/**
 * Links for approvers. A token is the key's name, a dot, and base64url of claim and HMAC-SHA-256 over purpose, realm,
 * approver's address and claim. It is the same each time it is made, so that a mail that is sent twice holds one link.
 * A token gives no access to an account, but its holder may vote. So it expires, each approver has another one, and an
 * approval takes one decision only.
 */
export class Links {
  readonly #keys: readonly LinkKey[];

  /** @param keys the first signs, all verify: a key is rotated by putting the new one in front. */
  constructor(keys: readonly LinkKey[]) {
    this.#keys = keys;
  }

  tokenFor(approval: Approval, approver: number): string {
    const [key] = this.#keys;
    if (key === undefined) {
      throw new ServiceError('CONFIG_INVALID', 'there is no key to sign links with: set LINK_KEYS');
    }
    const claim = encode({ approvalId: approval.id, approver, expires: Math.ceil(approval.expiresAt / 1_000) });
    return `${key.id}.${Buffer.concat([claim, mac(key, approval, approver, claim)]).toString('base64url')}`;
  }

  /** Which approval a token claims to be for. Use it for the lookup only. @throws ServiceError LINK_INVALID */
  claimOf(token: string): Claim {
    return this.#parse(token).claim;
  }

  /**
   * The approver's number, if the token is genuine and for this approval. Expiry is not checked here: the page shows
   * it.
   * @throws ServiceError LINK_INVALID, the same for every fault
   */
  verify(token: string, approval: Approval): { readonly approver: number; readonly expiresAt: number } {
    const { key, claim, bytes, signature } = this.#parse(token);
    const genuine = timingSafeEqual(signature, mac(key, approval, claim.approver, bytes));
    if (!genuine || claim.approvalId !== approval.id || approval.approvers[claim.approver] === undefined) {
      throw invalid();
    }
    return { approver: claim.approver, expiresAt: claim.expires * 1_000 };
  }

  /**
   * A value for the form of the page. Only a browser that could open the page has it. It covers what the page showed.
   * @param shown digest of that
   */
  nonceFor(token: string, shown: string): string {
    const { key } = this.#parse(token);
    return macOver(key.secret, ['vestibule form', token, shown]).toString('base64url');
  }

  /** Whether a value is the one of the page. */
  isNonce(given: string, token: string, shown: string): boolean {
    const [left, right] = [Buffer.from(given), Buffer.from(this.nonceFor(token, shown))];
    return left.length === right.length && timingSafeEqual(left, right);
  }

  #parse(token: string) {
    const [, keyId, encoded] = /^([A-Za-z0-9_-]{1,32})\.([A-Za-z0-9_-]{74})$/.exec(token) ?? [];
    const key = this.#keys.find(({ id }) => id === keyId);
    const all = Buffer.from(encoded ?? '', 'base64url');
    // Base64 has several spellings of the same bytes; only the one that we write counts.
    if (key === undefined || all.length !== claimBytes + macBytes || all.toString('base64url') !== encoded) {
      throw invalid();
    }
    const bytes = all.subarray(0, claimBytes);
    return { key, bytes, claim: decode(bytes), signature: all.subarray(claimBytes) };
  }
}

/** Reads `LINK_KEYS`. @throws ServiceError CONFIG_INVALID for a key that is too short */
export function parseLinkKeys(text: string): readonly LinkKey[] {
  return text.split(',').map((part) => {
    const [id = '', encoded = ''] = part.trim().split(':');
    const secret = Buffer.from(encoded, 'base64');
    if (secret.length < 32) {
      throw new ServiceError(
        'CONFIG_INVALID',
        `LINK_KEYS: key ${id} has ${secret.length} bytes, 32 are needed: openssl rand -base64 32`,
      );
    }
    return { id, secret };
  });
}

function encode({ approvalId, approver, expires }: Claim): Buffer {
  const bytes = Buffer.alloc(claimBytes);
  bytes.write(approvalId, 0, 16, 'hex');
  bytes.writeUInt16BE(approver, 16);
  bytes.writeUIntBE(expires, 18, 5);
  return bytes;
}

function decode(bytes: Buffer): Claim {
  return {
    approvalId: bytes.toString('hex', 0, 16),
    approver: bytes.readUInt16BE(16),
    expires: bytes.readUIntBE(18, 5),
  };
}

function mac(key: LinkKey, approval: Approval, approver: number, claim: Buffer): Buffer {
  return macOver(key.secret, ['vestibule approval', key.id, approval.realm, approval.approvers[approver] ?? '', claim]);
}

function invalid(): ServiceError {
  return new ServiceError('LINK_INVALID', 'this link is not valid');
}
