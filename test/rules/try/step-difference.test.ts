import { describe, expect, it } from '@jest/globals';

import type { Step } from '../../../src/rules/model.ts';
import { differenceOf, sameSteps } from '../../../src/rules/try/step-difference.ts';

const disable: Step = { uses: 'disable-user', with: null, after: null };
const later: Step = { uses: 'delete-user', with: null, after: 129_600_000 };
const join: Step = { uses: 'join-group', with: { group: '/a' }, after: null };
const other: Step = { uses: 'join-group', with: { group: '/b' }, after: null };

describe('src/rules/try/step-difference', () => {
  it.each([
    ['nothing expected', [], [disable], ['+ disable-user']],
    ['an empty step', [null], [disable], ['- nothing', '+ disable-user']],
    ['nothing done', ['disable-user', join], [], ['- disable-user', '- join-group /a']],
    ['another operand', [disable, join], [disable, other], ['  disable-user', '- join-group /a', '+ join-group /b']],
    [
      'one more',
      ['disable-user', later],
      [disable, join, later],
      ['  disable-user', '+ join-group /a', '  delete-user after 1 day 12 hours'],
    ],
    [
      'one fewer',
      [disable, join, later],
      [disable, later],
      ['  disable-user', '- join-group /a', '  delete-user after 1 day 12 hours'],
    ],
    ['another order', [join, disable], [disable, join], ['- join-group /a', '  disable-user', '+ join-group /a']],
    [
      'all others',
      [disable, join],
      [later, other],
      ['- disable-user', '- join-group /a', '+ delete-user after 1 day 12 hours', '+ join-group /b'],
    ],
  ] as const)('shows line by line what differs: %s', (_, expected, actual, lines) => {
    expect(sameSteps(expected, actual)).toBe(false);
    expect(differenceOf(expected, actual)).toEqual(lines);
  });

  it('takes a bare name for the step, whatever it takes', () => {
    expect(sameSteps(['join-group', 'delete-user'], [other, later])).toBe(true);
    expect(differenceOf(['join-group'], [other])).toEqual(['  join-group /b']);
  });
});
