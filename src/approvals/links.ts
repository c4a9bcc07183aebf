import { ServiceError } from '../platform/errors.ts';
import type { Approval } from './approval.ts';
import { invalidLink, type LinkKey, sameText, SignedTokens } from './signed-tokens.ts';

export type { LinkKey } from './signed-tokens.ts';

/** What a link claims, before it is verified. */
interface Claim {
  readonly approvalId: string;
  readonly approver: number;
  /** Seconds since 1970. */
  readonly expires: number;
}

/** 16 bytes of approval id, 2 of approver, 5 of expiry. */
const claimBytes = 23;

/**
 * Links for approvers. A token is bound to realm and approver's address. It is the same each time it is made, so that a
 * mail that is sent twice holds one link. A token gives no access to an account, but its holder may vote. So it expires,
 * each approver has another one, and an approval takes one decision only.
 */
export class Links {
  readonly #tokens: SignedTokens;

  /** @param keys the first signs, all verify: a key is rotated by putting the new one in front. */
  constructor(keys: readonly LinkKey[]) {
    this.#tokens = new SignedTokens(keys, 'vestibule approval', claimBytes);
  }

  tokenFor(approval: Approval, approver: number): string {
    const claim = encode({ approvalId: approval.id, approver, expires: Math.ceil(approval.expiresAt / 1_000) });
    return this.#tokens.sign(claim, boundTo(approval, approver));
  }

  /** Which approval a token claims to be for. Use it for the lookup only. @throws ServiceError LINK_INVALID */
  claimOf(token: string): Claim {
    return decode(this.#tokens.read(token).claim);
  }

  /**
   * The approver's number, if the token is genuine and for this approval. Expiry is not checked here: the page shows
   * it.
   * @throws ServiceError LINK_INVALID, the same for every fault
   */
  verify(token: string, approval: Approval): { readonly approver: number; readonly expiresAt: number } {
    const read = this.#tokens.read(token);
    const claim = decode(read.claim);
    const genuine = this.#tokens.isGenuine(read, boundTo(approval, claim.approver));
    if (!genuine || claim.approvalId !== approval.id || approval.approvers[claim.approver] === undefined) {
      throw invalidLink();
    }
    return { approver: claim.approver, expiresAt: claim.expires * 1_000 };
  }

  /**
   * A value for the form of the page. Only a browser that could open the page has it. It covers what the page showed.
   * @param shown digest of that
   */
  nonceFor(token: string, shown: string): string {
    return this.#tokens.nonce(token, ['vestibule form', shown]);
  }

  /** Whether a value is the one of the page. */
  isNonce(given: string, token: string, shown: string): boolean {
    return sameText(given, this.nonceFor(token, shown));
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

function boundTo({ realm, approvers }: Approval, approver: number): readonly string[] {
  return [realm, approvers[approver] ?? ''];
}
