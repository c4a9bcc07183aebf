import { describe, expect, it } from '@jest/globals';

import { createProofOf, type ProvableRecord } from '../../src/ingest/proof.ts';
import { signatureHeader, signatureOf } from '../../src/ingest/signature.ts';

const key = '0123456789abcdef0123456789abcdef';
const plain = { topic: 'keycloak.events', key: Buffer.from('u-1'), value: Buffer.from('{"type":"REGISTER"}') };
const signed = (signingKey = key): ProvableRecord => ({
  ...plain,
  headers: { [signatureHeader]: Buffer.from(signatureOf(plain, signingKey)) },
});

describe('src/ingest/proof', () => {
  const proofOf = createProofOf({ signingKeys: [key], trusted: false });

  it('believes a record that our listener signed', () => {
    expect(proofOf(signed())).toBe('signed');
  });

  it.each<[string, ProvableRecord]>([
    ['is not signed', { ...plain, headers: {} }],
    ['is signed with another key', signed('fedcba9876543210fedcba9876543210')],
    ['was signed for another topic', { ...signed(), topic: 'keycloak.events.staging' }],
    ['was signed for another user', { ...signed(), key: Buffer.from('u-2') }],
    ['was signed with another value', { ...signed(), value: Buffer.from('{"type":"REGISTER" }') }],
    ['has no value', { ...signed(), value: null }],
    ['has two signatures', { ...plain, headers: { [signatureHeader]: ['a', 'b'] } }],
  ])('does not believe one that %s', (_what, record) => {
    expect(proofOf(record)).toBeNull();
  });

  it('believes no signature without a key, and everything where the topic is trusted', () => {
    expect(createProofOf({ signingKeys: [], trusted: false })(signed())).toBeNull();
    expect(createProofOf({ signingKeys: [], trusted: true })({ ...plain, headers: {} })).toBe('trusted');
  });
});
