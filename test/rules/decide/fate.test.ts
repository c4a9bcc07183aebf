import { describe, expect, it } from '@jest/globals';

import { type Fate, fateOf } from '../../../src/rules/decide/fate.ts';
import type { Step } from '../../../src/rules/model.ts';

const day = 86_400_000;
const remove = (after: number | null): Step => ({ uses: 'delete-user', with: null, after });
const disable: Step = { uses: 'disable-user', with: null, after: null };
const join: Step = { uses: 'join-group', with: { group: '/a' }, after: null };

describe('src/rules/decide/fate', () => {
  it.each<[string, Step[], boolean, Fate]>([
    ['nothing follows for somebody who is held', [], true, { closed: true, deleted: 'never' }],
    ['nothing follows for somebody who is in', [join], false, { closed: false, deleted: 'never' }],
    ['a deletion at once', [join, remove(null)], true, { closed: true, deleted: 'now' }],
    ['a deletion that is put off', [remove(30 * day)], true, { closed: true, deleted: 1_000 + 30 * day }],
    ['the sooner of two', [remove(30 * day), remove(7 * day)], false, { closed: false, deleted: 1_000 + 7 * day }],
    ['now and later', [remove(7 * day), remove(null)], false, { closed: false, deleted: 'now' }],
    ['a disable', [disable], false, { closed: true, deleted: 'never' }],
    ['a disable among others', [join, disable], false, { closed: true, deleted: 'never' }],
    ['a disable that is put off', [{ ...disable, after: day }], false, { closed: false, deleted: 'never' }],
  ])('tells what becomes of the account: %s', (_, steps, closed, fate) => {
    expect(fateOf(steps, closed, 1_000)).toEqual(fate);
  });
});
