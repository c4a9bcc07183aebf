import { describe, expect, it } from '@jest/globals';

import { Seals } from '../../src/approvals/seal.ts';
import type { LinkKey } from '../../src/approvals/links.ts';

const keys = (...ids: string[]): LinkKey[] => ids.map((id) => ({ id, secret: Buffer.alloc(32, id) }));
const record = { id: 'a1', json: '{"state":"waiting"}' };
const topic = 'vestibule.approvals';

describe('src/approvals/seal', () => {
  const seals = new Seals(keys('k1'), topic);
  const seal = seals.seal(record);

  it('holds for what the same keys sealed, and names the key', () => {
    expect(seal).toMatch(/^k1\.[A-Za-z0-9_-]{43}$/);
    expect(seals.verify(record, seal)).toBe('genuine');
    expect(seals.verify({ id: 'a1', json: null }, seals.seal({ id: 'a1', json: null }))).toBe('genuine');
  });

  it.each([
    ['no seal', record, undefined, 'unsigned'],
    ['an empty one', record, '', 'wrong'],
    ['something before it', record, ` ${seal}`, 'wrong'],
    ['another spelling of it', record, `${seal}=`, 'wrong'],
    ['another content', { ...record, json: '{"state":"approved"}' }, seal, 'wrong'],
    ['another approval', { ...record, id: 'a2' }, seal, 'wrong'],
    ['a tombstone', { ...record, json: null }, seal, 'wrong'],
    ['a key that is not there', record, seal.replace('k1', 'k2'), 'unknown-key'],
  ] as const)('does not hold for %s', (_what, given, text, verdict) => {
    expect(seals.verify(given, text)).toBe(verdict);
  });

  it('does not hold for a tombstone that has the content of one, nor on another topic, nor with another secret', () => {
    const tombstone = seals.seal({ id: 'a1', json: null });
    expect(seals.verify({ id: 'a1', json: '' }, tombstone)).toBe('wrong');
    expect(new Seals(keys('k1'), 'staging').verify(record, seal)).toBe('wrong');
    expect(new Seals([{ id: 'k1', secret: Buffer.alloc(32, 'k2') }], topic).verify(record, seal)).toBe('wrong');
  });

  it('tells what an older key sealed from what the first one did', () => {
    const rotated = new Seals(keys('k2', 'k1'), topic);
    expect(rotated.verify(record, seal)).toBe('older');
    expect(rotated.verify(record, rotated.seal(record))).toBe('genuine');
    expect(rotated.current).toBe('k2');
  });

  it('is not made without a key', () => {
    expect(() => new Seals([], topic).seal(record)).toThrow('no key to seal with');
  });
});
