import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { makeRoom } from '../../../src/operate/door/priorities.ts';

const ranked = (...priorities: number[]) => priorities.map((priority, index) => ({ id: `${index}`, priority }));
const increasing = fc
  .array(fc.nat(5), { maxLength: 8 })
  .map((steps) => steps.reduce<number[]>((all, step) => [...all, (all.at(-1) ?? 0) + step], []));

describe('src/operate/door/priorities', () => {
  it.each([
    ['in front, where there is a number left', ranked(20, 50), 0, { priority: 0, moved: [] }],
    ['between, where there is one', ranked(20, 50), 1, { priority: 21, moved: [] }],
    ['at the end', ranked(20, 50), 2, { priority: 51, moved: [] }],
    ['alone', [], 0, { priority: 0, moved: [] }],
    [
      'in front of 0',
      ranked(0, 1),
      0,
      {
        priority: 0,
        moved: [
          { id: '1', priority: 2 },
          { id: '0', priority: 1 },
        ],
      },
    ],
  ])('makes room %s', (_, others, place, expected) => {
    expect(makeRoom(others, place)).toEqual(expected);
  });

  it('puts the step where it was asked for, and keeps the order of the others, also while it moves them', () => {
    fc.assert(
      fc.property(increasing, fc.nat(8), (priorities, wanted) => {
        const place = Math.min(wanted, priorities.length);
        const others = ranked(...priorities);
        const { priority, moved } = makeRoom(others, place);
        const now = new Map(others.map((each) => [each.id, each.priority]));
        const before = () => others.map(({ id }) => now.get(id) ?? 0);
        for (const each of moved) {
          now.set(each.id, each.priority);
          expect(before()).toEqual(before().toSorted((left, right) => left - right));
        }
        expect(
          before()
            .slice(0, place)
            .every((each) => each < priority),
        ).toBe(true);
        expect(
          before()
            .slice(place)
            .every((each) => each > priority),
        ).toBe(true);
      }),
    );
  });
});
