import { describe, expect, it } from '@jest/globals';

import { KeycloakClock } from '../../../src/adapters/keycloak/clock.ts';

const truth = Date.parse('2026-11-24T10:00:00.400Z');
const minute = 60_000;

const tokenOf = (payload: object): string => `e30.${Buffer.from(JSON.stringify(payload)).toString('base64url')}.sig`;

/** A machine whose clock is off by `offBy` ms. Its monotonic clock began at some time of its own. */
function setup(offBy: number) {
  const state = { passed: 0, offBy };
  const clock = new KeycloakClock(
    () => truth + state.passed + state.offBy,
    () => 5_000 + state.passed,
  );
  return {
    clock,
    state,
    /** Keycloak issues a token 30 ms after it was asked for, and the answer takes 20 ms. */
    read: (payload: object = { iat: Math.floor((truth + state.passed + 30) / 1_000) }) => {
      const take = clock.reading();
      state.passed += 50;
      take(tokenOf(payload));
    },
    actual: () => truth + state.passed,
  };
}

describe('src/adapters/keycloak/clock', () => {
  it('is our own clock, to the millisecond, while the two agree', () => {
    for (const offBy of [0, -900, 900]) {
      const { clock, read, state, actual } = setup(offBy);
      read();
      state.passed += minute;
      expect(clock.now()).toBe(actual() + offBy);
      expect(clock.skewMs()).toBe(0);
      expect(clock.complaint()).toBeNull();
    }
  });

  it.each([
    [-10 * minute, 'behind'],
    [60 * minute, 'ahead of'],
  ])('goes by Keycloak where ours is off by %d ms, and says so', (offBy, way) => {
    const { clock, read, state, actual } = setup(offBy);
    read();
    state.passed += 30 * minute;
    expect(Math.abs(clock.now() - actual())).toBeLessThan(3_000);
    expect(Math.abs(clock.skewMs() + offBy)).toBeLessThan(3_000);
    expect(clock.complaint()).toMatch(new RegExp(`^the clock of this machine is \\d+ s ${way} Keycloak's$`));
  });

  it('is not moved when somebody sets our clock', () => {
    const { clock, read, state, actual } = setup(0);
    read();
    state.offBy = -20 * minute;
    expect(Math.abs(clock.now() - actual())).toBeLessThan(3_000);
  });

  it('is our own clock before the first token, and if tokens do not say when they were issued', () => {
    const { clock, read, actual } = setup(-10 * minute);
    expect(clock.now()).toBe(actual() - 10 * minute);
    read({ sub: 'opaque' });
    expect(clock.now()).toBe(actual() - 10 * minute);
    clock.reading()('no token of this form');
    expect(clock.now()).toBe(actual() - 10 * minute);
  });
});
