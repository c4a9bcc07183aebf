import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

import { describe, expect, it } from '@jest/globals';

import { isSigned, type SignaturePurpose, signatureOf } from '../../../src/ingest/signature.ts';
import { digestOf, Standing } from '../../../src/rules/door/standing.ts';
import { type StandingRecord, TopicState } from '../../../src/rules/door/topic-state.ts';
import { jsonOf, packed, partIn, recordsOf, signerOf, signPart } from '../../../src/rules/door/wire.ts';

interface Vector {
  readonly what: string;
  readonly purpose: SignaturePurpose;
  readonly key: string;
  readonly topic: string;
  readonly recordKey: string;
  readonly value: string;
  readonly signature: string;
}

/** Shared with the provider, which verifies. */
const file = join(import.meta.dirname, '../../door/signatures.json');
const vectors = JSON.parse(readFileSync(file, 'utf8')) as Vector[];

const topic = 'vestibule.door';
const newer = 'fedcba9876543210fedcba9876543210';
const older = '0123456789abcdef0123456789abcdef';
const short = { version: 'v1', json: '{"format":1}' };
/** Nothing that gzip could make shorter. */
const long = { version: 'v2', json: JSON.stringify({ text: randomBytes(900_000).toString('base64') }) };

let offset = 0n;
function standing(of: typeof short, sequence: number, key = older): StandingRecord[] {
  return (recordsOf(of, sequence) ?? []).map((record) => {
    offset += 1n;
    return { ...record, signature: signPart(topic, record, key), offset };
  });
}

describe('src/rules/door/wire', () => {
  it.each(vectors)('signs as the provider verifies: $what', ({ purpose, key, recordKey, value, signature, ...at }) => {
    const record = { topic: at.topic, key: recordKey, value };
    expect(signatureOf(record, key, purpose)).toBe(signature);
    expect(isSigned(record, signature, [key], purpose)).toBe(true);
    const policy = purpose === 'vestibule door policy v1';
    expect(signPart(at.topic, record, key) === signature).toBe(policy);
    expect(signerOf(at.topic, record, signature, [key])).toBe(policy ? 'first' : null);
  });

  it('comes back as it was, in as many parts as it takes', () => {
    for (const [policy, parts] of [
      [short, 1],
      [long, 3],
    ] as const) {
      const records = recordsOf(policy, 7) ?? [];
      expect(records.map(({ key }) => key)).toEqual(Array.from({ length: parts }, (_, part) => `policy-${part}`));
      const read = records.flatMap((record) => partIn(record) ?? []);
      expect(read).toHaveLength(parts);
      expect(read[0]).toMatchObject({ format: 1, sequence: 7, version: policy.version, part: 0, parts });
      expect(Math.max(...read.map(({ data }) => data.length))).toBeLessThanOrEqual(500_000);
      expect(jsonOf(read)).toBe(policy.json);
    }
  });

  it('refuses what the provider would not read', () => {
    const most = 32 << 20;
    expect(recordsOf({ version: 'v', json: 'x'.repeat(most) }, 1)).not.toBeNull();
    expect(recordsOf({ version: 'v', json: 'x'.repeat(most + 1) }, 1)).toBeNull();
    expect(recordsOf({ version: 'v', json: '€'.repeat((most >> 1) - 1) }, 1)).toBeNull(); // the provider counts bytes
  });

  it('knows no part in what is none', () => {
    const [record = { key: '', value: '' }] = recordsOf(short, 7) ?? [];
    const part = JSON.parse(record.value) as object;
    for (const value of ['', '[]', 'null', '{', JSON.stringify({ ...part, format: 2 })]) {
      expect(partIn({ key: 'policy-0', value })).toBeNull();
    }
    expect(partIn({ ...record, key: 'policy-1' })).toBeNull();
    expect(partIn({ key: 'policy-1', value: JSON.stringify({ ...part, part: 1 }) })).toBeNull(); // of one part
    expect(jsonOf([{ ...partIn(record), data: 'no gzip' } as never])).toBeNull();
  });
});

describe('src/rules/door/wire: what comes from elsewhere', () => {
  it('unpacks no more than the provider would', () => {
    const part = (json: string) => ({ data: gzipSync(json).toString('base64') }) as never;
    expect(jsonOf([part('x'.repeat(32 << 20))])).toHaveLength(32 << 20);
    expect(jsonOf([part('x'.repeat((32 << 20) + 1))])).toBeNull();
  });

  it('packs a policy under its version', () => {
    const policy = { format: 1, version: 'v1', entries: [], lists: [] } as const;
    expect(packed(policy)).toEqual({ version: 'v1', json: JSON.stringify(policy) });
  });

  it('is signed by nobody where there is no key', () => {
    expect(signerOf(topic, { key: 'policy-0', value: '' }, 'x', [])).toBeNull();
  });
});

describe('src/rules/door/standing', () => {
  it('keeps nothing that a stranger could fill the memory with', () => {
    const standing = new Standing();
    const strange = [
      '',
      'anything',
      'policy-',
      'policy-00',
      'policy-100',
      'policy--1',
      'policy-1 ',
      'Policy-1',
      'x-policy-1',
    ];
    strange.forEach((key) => standing.put(key, 'x', 1n));
    expect(standing.size).toBe(0);
    for (let part = 0; part < 1_000; part += 1) {
      standing.put(`policy-${part}`, `text ${part}`, BigInt(part));
    }
    expect(standing.size).toBe(100);
    expect(standing.has('policy-99', digestOf('text 99'))).toBe(true);
    expect(digestOf('x'.repeat(1_000_000))).toHaveLength(44);
    standing.put('policy-99', null, 1_000n);
    expect(standing.has('policy-99', digestOf('text 99'))).toBe(false);
  });
});

describe('src/rules/door/topic-state', () => {
  it('puts in force the newest policy of which all parts are there, in any order of parts', () => {
    const state = new TopicState(topic, [older]);
    const [first, ...rest] = standing(long, 5);
    standing(short, 3).forEach((record) => state.take(record));
    rest.forEach((record) => state.take(record));
    expect(state.inForce).toMatchObject({ sequence: 3, version: 'v1', json: short.json, signedNow: true });
    expect(first && state.take(first)).toBe(true);
    expect(state.inForce).toMatchObject({ sequence: 5, json: long.json });
    standing(short, 4).forEach((record) => state.take(record));
    expect(state.inForce?.sequence).toBe(5);
  });

  it('believes no record without a signature, nor one that was moved, and sees that it took a place', () => {
    const state = new TopicState(topic, [newer, older]);
    const [record] = standing(short, 3);
    expect(record && state.take(record)).toBe(true);
    expect(state.inForce).toMatchObject({ sequence: 3, signedNow: false });
    expect(state.missing()).toEqual([]);
    const [forged] = standing(long, 9, 'a key of somebody else, thirty-two bytes');
    for (const change of [{}, { signature: undefined }, { signature: record?.signature }]) {
      expect(forged && state.take({ ...forged, ...change })).toBe(false);
      expect(state.inForce?.sequence).toBe(3);
      expect(state.missing()).toEqual([expect.objectContaining({ value: record?.value })]);
    }
    expect(record && state.take({ ...record, offset: 99n })).toBe(true);
    expect(state.missing()).toEqual([]);
  });

  it('misses what is deleted: by a tombstone, by an older policy that takes its place, or with the topic', () => {
    const state = new TopicState(topic, [older]);
    const [record] = standing(short, 7);
    const [old] = standing(short, 2);
    if (record === undefined || old === undefined) {
      throw new Error('there is no record');
    }
    const taken = () => state.take({ ...record, offset: 10n });
    const ways = [
      () => state.take({ ...record, value: null, signature: undefined }),
      () => state.take(old),
      () => state.keep(0n, 0n),
      () => state.keep(0n, 10n),
      () => state.keep(11n, 20n),
    ];
    for (const way of ways) {
      taken();
      state.keep(10n, 11n);
      expect(state.missing()).toEqual([]);
      way();
      expect(state.missing()).toHaveLength(1);
      expect(state.inForce?.sequence).toBe(7);
    }
  });

  it('misses nothing before there is a policy, and takes one of any sequence first', () => {
    const state = new TopicState(topic, [older]);
    expect([state.inForce, state.missing()]).toEqual([null, []]);
    standing(short, 0).forEach((record) => state.take(record));
    expect(state.inForce?.sequence).toBe(0);
  });

  it('believes a tombstone, which nobody can sign', () => {
    const state = new TopicState(topic, [older]);
    expect(state.take({ key: 'policy-0', value: null, signature: undefined, offset: 1n })).toBe(true);
  });

  it('believes a signed record of a newer version, and leaves the policy in force', () => {
    const state = new TopicState(topic, [older]);
    standing(short, 3).forEach((record) => state.take(record));
    const newerFormat = { key: 'policy-0', value: '{"format":2,"sequence":9}' };
    const signature = signPart(topic, newerFormat, older);
    expect(state.take({ ...newerFormat, signature, offset: 50n })).toBe(true);
    expect(state.inForce?.sequence).toBe(3);
  });

  it('leaves the policy in force where a newer one cannot be unpacked, or has the same sequence', () => {
    const state = new TopicState(topic, [older]);
    standing(short, 3).forEach((record) => state.take(record));
    const [record] = standing(short, 5);
    const broken = { key: 'policy-0', value: JSON.stringify({ ...JSON.parse(record?.value ?? ''), data: 'no gzip' }) };
    expect(state.take({ ...broken, signature: signPart(topic, broken, older), offset: 60n })).toBe(true);
    standing({ ...short, version: 'other' }, 3).forEach((each) => state.take(each));
    expect(state.inForce).toMatchObject({ sequence: 3, version: 'v1', json: short.json });
  });

  it('is signed now only if each of its parts is', () => {
    const state = new TopicState(topic, [newer, older]);
    const parts = standing(long, 5, newer);
    const last = standing(long, 5, older).at(-1);
    [...parts.slice(0, -1), ...(last === undefined ? [] : [last])].forEach((record) => state.take(record));
    expect(state.inForce).toMatchObject({ sequence: 5, signedNow: false });
  });

  it('completes a policy of which a part was there before an older one was complete', () => {
    const state = new TopicState(topic, [older]);
    const [first, ...rest] = standing(long, 9);
    standing(long, 8).forEach((record, index) => {
      state.take(record);
      if (index === 0 && first !== undefined) {
        state.take(first);
      }
    });
    expect(state.inForce?.sequence).toBe(8);
    rest.forEach((record) => state.take(record));
    expect(state.inForce?.sequence).toBe(9);
  });
});
