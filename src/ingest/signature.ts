import { timingSafeEqual } from 'node:crypto';

import { macOver } from '../platform/mac.ts';

/** Header of a record that has its signature. */
export const signatureHeader = 'vestibule-signature';

/**
 * What a record is for. One key signs for both, and a signature of one holds for no other: the Keycloak provider signs
 * events and believes policies of the door, this service the other way round.
 */
export type SignaturePurpose = 'vestibule event v1' | 'vestibule door policy v1';

export interface SignableRecord {
  readonly topic: string;
  /** `null` counts as empty. */
  readonly key: Uint8Array | string | null;
  readonly value: Uint8Array | string;
}

/**
 * HMAC-SHA-256 over purpose, topic, the record's key and its value, as hexadecimal text: what SigningKeys.java of the
 * Keycloak provider puts on a record. Without the key, a record can neither be made nor moved to another topic
 * or another user.
 */
export function signatureOf(
  { topic, key, value }: SignableRecord,
  signingKey: string,
  purpose: SignaturePurpose = 'vestibule event v1',
): string {
  return macOver(signingKey, [purpose, topic, key ?? '', value]).toString('hex');
}

/** Whether the record was signed for that purpose with one of the keys. */
export function isSigned(
  record: SignableRecord,
  signature: Uint8Array | string | undefined,
  signingKeys: readonly string[],
  purpose?: SignaturePurpose,
): boolean {
  if (signature === undefined) {
    return false;
  }
  const given = Buffer.from(signature as string);
  return signingKeys.some((signingKey) => {
    const expected = Buffer.from(signatureOf(record, signingKey, purpose));
    return given.length === expected.length && timingSafeEqual(given, expected);
  });
}
