import { createHmac, timingSafeEqual } from 'node:crypto';

/** Header in which our Keycloak listener puts the signature of a record's value. */
export const signatureHeader = 'vestibule-signature';

/**
 * Whether a record was signed with the key that Keycloak's listener and this service share: HMAC-SHA-256 over the value,
 * as hexadecimal text. Who may write to the topic but does not have the key cannot make one, and can only repeat a record.
 */
export function isSigned(value: Uint8Array, signature: Uint8Array | string | undefined, key: string): boolean {
  if (signature === undefined) {
    return false;
  }
  const expected = Buffer.from(createHmac('sha256', key).update(value).digest('hex'));
  const given = Buffer.from(signature);
  return given.length === expected.length && timingSafeEqual(given, expected);
}
