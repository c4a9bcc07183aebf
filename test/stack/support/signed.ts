import { signatureHeader, signatureOf } from '../../../src/ingest/signature.ts';

/** A record as Keycloak's listener writes it: what a test needs to get past the signature, and behind it. */
export function signed(topic: string, key: string, value: string, signingKey: string) {
  return { key, value, headers: { [signatureHeader]: signatureOf({ topic, key, value }, signingKey) } };
}
