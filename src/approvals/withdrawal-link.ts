import type { Approval } from './approval.ts';
import { invalidLink, type LinkKey, sameText, SignedTokens } from './signed-tokens.ts';

/** 16 bytes of approval id, 5 of expiry in seconds since 1970. */
const claimBytes = 21;

/**
 * Links with which a person takes their own request back. A token is bound to realm and user, over a purpose of its own.
 * So neither it nor the link of an approver (`Links`) can stand for the other, and it does nothing for another person.
 */
export class WithdrawalLinks {
  readonly #tokens: SignedTokens;

  /** @param keys the first signs, all verify */
  constructor(keys: readonly LinkKey[]) {
    this.#tokens = new SignedTokens(keys, 'vestibule withdrawal', claimBytes);
  }

  /** The same each time it is made: a mail that is sent twice holds one link. */
  tokenFor(approval: Approval): string {
    const claim = Buffer.alloc(claimBytes);
    claim.write(approval.id, 0, 16, 'hex');
    claim.writeUIntBE(Math.ceil(approval.expiresAt / 1_000), 16, 5);
    return this.#tokens.sign(claim, boundTo(approval));
  }

  /** Which approval a token claims to be for. Use it for the lookup only. @throws ServiceError LINK_INVALID */
  approvalIdOf(token: string): string {
    return this.#tokens.read(token).claim.toString('hex', 0, 16);
  }

  /**
   * Until when the token holds, ms since 1970, if it is genuine and for this approval. The end of that is not checked
   * here.
   * @throws ServiceError LINK_INVALID, the same for every fault
   */
  verify(token: string, approval: Approval): number {
    const read = this.#tokens.read(token);
    if (!this.#tokens.isGenuine(read, boundTo(approval)) || read.claim.toString('hex', 0, 16) !== approval.id) {
      throw invalidLink();
    }
    return read.claim.readUIntBE(16, 5) * 1_000;
  }

  /** A value for the form of the page: only a browser that could open the page has it. */
  nonceFor(token: string): string {
    return this.#tokens.nonce(token, ['vestibule withdrawal form']);
  }

  isNonce(given: string, token: string): boolean {
    return sameText(given, this.nonceFor(token));
  }
}

function boundTo({ realm, userId }: Approval): readonly string[] {
  return [realm, userId];
}
