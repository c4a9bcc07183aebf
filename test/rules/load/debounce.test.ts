import { describe, expect, it } from '@jest/globals';

import { createDebounce } from '../../../src/rules/load/debounce.ts';

/** What `due` says to each look in turn, as if each change that is due were taken up. */
function looks(...signatures: readonly string[]): boolean[] {
  const debounce = createDebounce('old');
  return signatures.map((signature) => {
    const due = debounce.due(signature);
    if (due) {
      debounce.took(signature);
    }
    return due;
  });
}

describe('src/rules/load/debounce', () => {
  it('lets a change wait until two looks in a row find the same', () => {
    expect(looks('old', 'half', 'whole', 'whole', 'whole')).toEqual([false, false, false, true, false]);
  });

  it('passes over a change that was taken back', () => {
    expect(looks('new', 'old', 'old')).toEqual([false, false, false]);
  });

  it('does not wait for what never comes to rest', () => {
    expect(looks('1', '2', '3', '4', '5', '6')).toEqual([false, false, true, false, false, true]);
  });
});
