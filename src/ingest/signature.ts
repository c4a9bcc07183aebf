import { timingSafeEqual } from 'node:crypto';

import { macOver } from '../platform/mac.ts';

/** Header in which our Keycloak listener puts the signature of a record. */
export const signatureHeader = 'vestibule-signature';

/** Makes these signatures differ from all others that are made with the same key. */
const purpose = 'vestibule event v1';

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
export function signatureOf({ topic, key, value }: SignableRecord, signingKey: string): string {
  return macOver(signingKey, [purpose, topic, key ?? '', value]).toString('hex');
}

/** Whether Keycloak's listener signed the record with one of the keys. */
export function isSigned(
  record: SignableRecord,
  signature: Uint8Array | string | undefined,
  signingKeys: readonly string[],
): boolean {
  if (signature === undefined) {
    return false;
  }
  const given = Buffer.from(signature as string);
  return signingKeys.some((signingKey) => {
    const expected = Buffer.from(signatureOf(record, signingKey));
    return given.length === expected.length && timingSafeEqual(given, expected);
  });
}
