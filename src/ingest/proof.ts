import type { Proof } from './registration.ts';
import { isSigned, type SignableRecord, signatureHeader } from './signature.ts';

export interface ProofSettings {
  /** None: no record can be signed. */
  readonly signingKeys: readonly string[];
  /** EVENTS_TOPIC_TRUSTED. */
  readonly trusted: boolean;
}

export interface ProvableRecord extends Omit<SignableRecord, 'value'> {
  readonly value: Uint8Array | null;
  readonly headers: Readonly<Record<string, Uint8Array | string | (Uint8Array | string)[] | undefined>>;
}

/** What proves a record of the events topic; `null`: nothing does, and the event store has to confirm it. */
export function createProofOf({ signingKeys, trusted }: ProofSettings): (record: ProvableRecord) => Proof | null {
  return ({ topic, key, value, headers }) => {
    if (trusted) {
      return 'trusted';
    }
    const signature = headers[signatureHeader];
    const genuine =
      value !== null && !Array.isArray(signature) && isSigned({ topic, key, value }, signature, signingKeys);
    return genuine ? 'signed' : null;
  };
}
