import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { globsOverlap, matchesGlob } from '../../src/platform/glob.ts';

const glob = fc.string({ unit: fc.constantFrom('a', 'b', '*', '?'), maxLength: 7 });
const text = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 8 });

function asRegExp(pattern: string): RegExp {
  return new RegExp(`^${pattern.replaceAll('*', '.*').replaceAll('?', '.')}$`, 's');
}

describe('src/platform/glob', () => {
  it('matches as the regular expression would, in bounded time', () => {
    fc.assert(
      fc.property(glob, text, (pattern, given) => matchesGlob(pattern, given) === asRegExp(pattern).test(given)),
    );
  });

  it('takes every other character for itself', () => {
    expect(matchesGlob('a+(b)[c]{d}!', 'a+(b)[c]{d}!')).toBe(true);
    expect(matchesGlob('a.c', 'abc')).toBe(false);
    expect(matchesGlob('a/*', 'a/b/c')).toBe(true);
  });

  it('knows that two patterns overlap whenever a text matches both', () => {
    fc.assert(
      fc.property(glob, glob, text, (left, right, given) => {
        fc.pre(matchesGlob(left, given) && matchesGlob(right, given));
        return globsOverlap(left, right);
      }),
    );
  });

  it.each([
    ['partner-*', '*-portal', true],
    ['partner-*', 'shop-*', false],
    ['a?', '?', false],
    ['*', '', true],
    ['**a', 'b*', true],
    ['a*', 'b*a', false],
  ])('%s and %s overlap: %s', (left, right, overlap) => {
    expect(globsOverlap(left, right)).toBe(overlap);
    expect(globsOverlap(right, left)).toBe(overlap);
  });
});
