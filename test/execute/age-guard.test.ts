import { describe, expect, it } from '@jest/globals';

import { isAhead, isBeforeSetUp, isNew, refuse } from '../../src/execute/age-guard.ts';
import { mia, registeredAt } from '../fakes/registrations.ts';

const hourMs = 3_600_000;
const minuteMs = 60_000;

describe('src/execute/age-guard', () => {
  it.each([
    ['as old as EVENT_MAX_AGE_HOURS allows', hourMs, 0, null],
    ['older than that', hourMs + 1, 0, expect.stringContaining('EVENT_MAX_AGE_HOURS')],
    ['with an account that is five minutes older', 0, -5 * minuteMs, null],
    ['with an account that is older than that', 0, -5 * minuteMs - 1, expect.stringContaining('not created by')],
    ['with an account that is five minutes younger', 0, 5 * minuteMs, null],
    ['with an account that is younger than that', 0, 5 * minuteMs + 1, expect.stringContaining('not created by')],
  ])('judges an event %s', (_, ageMs, accountMs, refusal) => {
    const user = { createdAt: registeredAt + accountMs };
    expect(refuse(mia, user, registeredAt + ageMs, hourMs)).toEqual(refusal);
  });

  it('grants clocks a difference of five minutes, and not more', () => {
    expect(isAhead(mia, registeredAt - 5 * minuteMs)).toBe(false);
    expect(isAhead(mia, registeredAt - 5 * minuteMs - 1)).toBe(true);
  });

  it('takes a registration for new within five minutes', () => {
    expect(isNew(mia, registeredAt + 5 * minuteMs - 1)).toBe(true);
    expect(isNew(mia, registeredAt + 5 * minuteMs)).toBe(false);
  });

  it('leaves alone who registered before the set-up, and nobody else', () => {
    expect(isBeforeSetUp(mia, registeredAt + 1)).toBe(true);
    expect(isBeforeSetUp(mia, registeredAt)).toBe(false);
  });
});
