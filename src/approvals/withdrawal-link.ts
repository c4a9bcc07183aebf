import { timingSafeEqual } from 'node:crypto';

import { ServiceError } from '../platform/errors.ts';
import { macOver } from '../platform/mac.ts';
import type { Approval } from './approval.ts';
import type { LinkKey } from './links.ts';

/** 16 bytes of approval id, 5 of expiry in seconds since 1970. */
const claimBytes = 21;
const macBytes = 32;
const tokenForm = /^([A-Za-z0-9_-]{1,32})\.([A-Za-z0-9_-]{71})$/;

/**
 * Links with which a person takes their own request back. A token is made as those of approvers (`Links`) are, over a
 * purpose of its own, realm, user and claim. So neither kind of link can stand for the other, and a link does nothing
 * for another person.
 */
export class WithdrawalLinks {
  readonly #keys: readonly LinkKey[];

  /** @param keys the first signs, all verify */
  constructor(keys: readonly LinkKey[]) {
    this.#keys = keys;
  }

  /** The same each time it is made: a mail that is sent twice holds one link. */
  tokenFor(approval: Approval): string {
    const [key] = this.#keys;
    if (key === undefined) {
      throw new ServiceError('CONFIG_INVALID', 'there is no key to sign links with: set LINK_KEYS');
    }
    const claim = Buffer.alloc(claimBytes);
    claim.write(approval.id, 0, 16, 'hex');
    claim.writeUIntBE(Math.ceil(approval.expiresAt / 1_000), 16, 5);
    return `${key.id}.${Buffer.concat([claim, mac(key, approval, claim)]).toString('base64url')}`;
  }

  /** Which approval a token claims to be for. Use it for the lookup only. @throws ServiceError LINK_INVALID */
  approvalIdOf(token: string): string {
    return this.#parse(token).claim.toString('hex', 0, 16);
  }

  /**
   * Until when the token holds, ms since 1970, if it is genuine and for this approval. The end of that is not checked
   * here.
   * @throws ServiceError LINK_INVALID, the same for every fault
   */
  verify(token: string, approval: Approval): number {
    const { key, claim, signature } = this.#parse(token);
    if (!timingSafeEqual(signature, mac(key, approval, claim)) || claim.toString('hex', 0, 16) !== approval.id) {
      throw invalid();
    }
    return claim.readUIntBE(16, 5) * 1_000;
  }

  /** A value for the form of the page: only a browser that could open the page has it. */
  nonceFor(token: string): string {
    return macOver(this.#parse(token).key.secret, ['vestibule withdrawal form', token]).toString('base64url');
  }

  isNonce(given: string, token: string): boolean {
    const [left, right] = [Buffer.from(given), Buffer.from(this.nonceFor(token))];
    return left.length === right.length && timingSafeEqual(left, right);
  }

  #parse(token: string) {
    const [, keyId, encoded] = tokenForm.exec(token) ?? [];
    const key = this.#keys.find(({ id }) => id === keyId);
    const all = Buffer.from(encoded ?? '', 'base64url');
    // Base64 has several spellings of the same bytes; only the one that we write counts.
    if (key === undefined || all.length !== claimBytes + macBytes || all.toString('base64url') !== encoded) {
      throw invalid();
    }
    return { key, claim: all.subarray(0, claimBytes), signature: all.subarray(claimBytes) };
  }
}

function mac(key: LinkKey, { realm, userId }: Approval, claim: Buffer): Buffer {
  return macOver(key.secret, ['vestibule withdrawal', key.id, realm, userId, claim]);
}

function invalid(): ServiceError {
  return new ServiceError('LINK_INVALID', 'this link is not valid');
}
