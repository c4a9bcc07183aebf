import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from '@jest/globals';

import { isSigned, signatureOf } from '../../src/ingest/signature.ts';
import { signingKeysIn } from '../../src/platform/signing-keys.ts';

interface Vector {
  readonly what: string;
  readonly key: string;
  readonly topic: string;
  readonly recordKey: string | null;
  readonly value: string;
  readonly signature: string;
}

/** Shared with the provider, which signs: SigningKeysTest.java reads the same file. */
const file = join(import.meta.dirname, '../../keycloak/src/test/resources/signatures.json');
const vectors = JSON.parse(readFileSync(file, 'utf8')) as Vector[];
const recordOf = ({ topic, recordKey, value }: Vector) => ({ topic, key: recordKey, value: Buffer.from(value) });

const [first, ...others] = vectors as [Vector, ...Vector[]];
const { key, signature } = first;
const record = recordOf(first);

describe('src/ingest/signature', () => {
  it.each(vectors)('is the one that the listener makes: $what', (vector) => {
    expect(signatureOf(recordOf(vector), vector.key)).toBe(vector.signature);
    expect(isSigned(recordOf(vector), Buffer.from(vector.signature), [vector.key])).toBe(true);
  });

  it.each(others)('does not hold for another record or key: $what', (vector) => {
    expect(isSigned(recordOf(vector), signature, [vector.key])).toBe(false);
  });

  it.each([
    ['no signature', undefined],
    ['an empty one', ''],
    ['a part of one', signature.slice(0, -1)],
    ['a longer one', `${signature}0`],
    ['one with another digit', signature.replace(/^./, (digit) => (digit === '0' ? '1' : '0'))],
  ])('does not hold for %s', (_, given) => {
    expect(isSigned(record, given, [key])).toBe(false);
  });

  it('holds for each of several keys while they are exchanged, and no longer for one that was taken out', () => {
    const newer = 'fedcba9876543210fedcba9876543210';
    expect(isSigned(record, signature, signingKeysIn(`${newer}, ${key}\n`))).toBe(true);
    expect(isSigned(record, signature, signingKeysIn(newer))).toBe(false);
    expect(isSigned(record, signature, signingKeysIn(''))).toBe(false);
  });
});
