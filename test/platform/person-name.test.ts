import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { greetingName, headingName } from '../../src/platform/person-name.ts';

const named = (firstName: string | null, lastName: string | null = null) => ({ firstName, lastName, username: 'ada' });

describe('src/platform/person-name', () => {
  it.each([
    [named('Ada', 'Lovelace'), 'Ada Lovelace'],
    [named('J. R.', 'Tolkien'), 'J. R. Tolkien'],
    [named('Zoë', 'O’Neill-Ångström'), 'Zoë O’Neill-Ångström'],
    [named('Анна', 'Петрова'), 'Анна Петрова'],
    [named('明', '李'), '\u2068明 李\u2069'],
    [named(null, 'Lovelace'), 'Lovelace'],
  ])('greets %j by name', (person, name) => {
    expect(greetingName(person)).toBe(name);
  });

  it.each([
    ['https://evil.test'],
    ['www.evil.test'],
    ['evil.test'],
    ['Call 0800 123456'],
    ['Your account is closed! Click'],
    ['ada@example.test'],
    ['x'.repeat(3_000)],
    ['Ada\r\nBcc: a@b.c'],
    ['pаypal'], // with a Cyrillic letter
    [''],
    [null],
  ])('greets nobody by a name that is none: %j', (first) => {
    expect(greetingName(named(first))).toBeNull();
  });

  it.each([
    [named('Ada', 'Lovelace'), 'Ada Lovelace'],
    [named('Approve: https://evil.test'), 'Approve https evil[.]test'],
    [named('Done! Nothing to do.', '<b>System:</b>'), 'Done Nothing to do. b System b'],
    [named(null), 'ada'],
    [named('***'), 'ada'],
  ])('names %j in a heading, without what could end our sentence or become a link', (person, name) => {
    expect(headingName(person)).toBe(name);
  });

  it('names nobody where nothing is left', () => {
    expect(headingName({ firstName: '!', lastName: null, username: '\u202e' })).toBeNull();
  });

  it('keeps names that are written from right to left from turning the heading', () => {
    expect(headingName(named('\u202eאדה'))).toBe('\u2068אדה\u2069');
  });

  it('makes one short line of whatever is typed', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 500 }), (typed) => {
        for (const name of [headingName(named(typed)), greetingName(named(typed))]) {
          expect([...(name ?? '')].length).toBeLessThan(200);
          expect(name ?? '').not.toMatch(/[\p{Cc}<>:/!?"]|[.\u3002\uff0e\uff61](?![\s\]]|$)/u);
        }
      }),
    );
  });
});
