import { describe, expect, it } from '@jest/globals';

import { clockFinding, skewMs } from '../../../src/operate/doctor/clock.ts';

const reading = (from: number, to: number) => ({ asked: 10_000, answered: 10_100, from, to });

describe('src/operate/doctor/clock', () => {
  it('takes the time that the question was under way for no difference', () => {
    expect(skewMs(reading(10_050, 10_050))).toBe(0);
    expect(skewMs(reading(9_500, 10_499))).toBe(0);
  });

  it('says how far ahead or behind the other clock is at least', () => {
    expect(skewMs(reading(17_000, 17_999))).toBe(6_900);
    expect(skewMs(reading(3_000, 3_999))).toBe(-6_001);
  });

  it.each([
    ['ok', 12_000],
    ['warning', 17_000],
    ['error', 99_000],
    ['warning', 1_000],
  ])('calls it %s when the other clock says %d', (level, time) => {
    expect(clockFinding('x-clock', 'X', reading(time, time))).toMatchObject({ id: 'x-clock', level });
  });

  it('names the direction', () => {
    expect(clockFinding('x-clock', 'X', reading(130_100, 130_100)).what).toBe('the clock of X is 120 s ahead of ours');
    expect(clockFinding('x-clock', 'X', reading(0, 0)).what).toBe('the clock of X is 10 s behind ours');
  });
});
