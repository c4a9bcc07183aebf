import { describe, expect, it } from '@jest/globals';

import { exceeds, limits } from '../../../src/rules/load/yaml-limits.ts';

const entries = 'the file has more than 8000 entries';
const levels = 'the file nests deeper than 40 levels';
const ladder = (rungs: number, rung: (level: number) => string): string =>
  Array.from({ length: rungs }, (_, level) => `${' '.repeat(level)}${rung(level)}`).join('\n');

describe('src/rules/load/yaml-limits', () => {
  it.each<[string, (count: number) => string, number, string]>([
    ['bytes', (count) => '#'.repeat(count), limits.bytes, 'the file is larger than 256 KiB'],
    [
      'bytes that are no characters',
      (count) => `#${'é'.repeat((count - 1) / 2)}${'x'.repeat((count - 1) % 2)}`,
      limits.bytes,
      'the file is larger than 256 KiB',
    ],
    ['entries of a list', (count) => '- x\n'.repeat(count), 8_000, entries],
    ['entries of a list on one line', (count) => `[${'1,'.repeat(count)}]`, 8_000, entries],
    ['keys', (count) => 'a: 1\n'.repeat(count), 8_000, entries],
    ['lines of comments, of two tokens each', (count) => '#\n'.repeat(count), 40_000, entries],
    ['levels of brackets', (count) => `${'['.repeat(count)}${']'.repeat(count)}`, 39, levels],
    ['levels of dashes', (count) => '- '.repeat(count), 40, levels],
    ['levels of keys', (count) => ladder(count, () => 'k:'), 40, levels],
  ])('takes as many %s as a rule file may have, and not one more', (_, text, most, fault) => {
    expect(exceeds(text(most))).toBeNull();
    expect(exceeds(text(most + 1))).toBe(fault);
  });

  it.each([
    ['brackets that are closed', '[[[]]]\n'.repeat(200)],
    ['blocks that end', `${ladder(30, () => 'k:')}\n`.repeat(20)],
    ['comments at any column', ladder(60, () => '# a comment')],
    ['empty lines at any column', ladder(60, () => '')],
  ])('counts no depth for %s', (_, text) => {
    expect(exceeds(text)).toBeNull();
  });
});
