import { describe, expect, it } from '@jest/globals';
import { UnrecoverableError } from 'bullmq';

import { backoff, backoffStrategy, toJobError } from '../../../src/adapters/queue/retry.ts';
import { ServiceError } from '../../../src/platform/errors.ts';

const even = () => 0.5;
const away = new ServiceError('KEYCLOAK_UNAVAILABLE', 'away');

describe('src/adapters/queue/retry', () => {
  it('waits 1, 2, 4 … seconds, at most ten minutes', () => {
    expect([1, 2, 3, 4, 30].map((attempt) => backoff(attempt, away, even))).toEqual([
      1_000, 2_000, 4_000, 8_000, 600_000,
    ]);
  });

  it('spreads the attempts of many jobs by a quarter to both sides', () => {
    expect(backoff(1, away, () => 0)).toBe(750);
    expect(backoff(1, away, () => 1)).toBe(1_250);
  });

  it('looks again within milliseconds for a user that is not visible yet', () => {
    const young = new ServiceError('USER_NOT_YET_VISIBLE', 'not yet');
    expect(backoff(1, young, even)).toBe(20);
    expect(backoff(30, young, even)).toBe(2_000);
  });

  it('waits as long as the server asks', () => {
    const busy = new ServiceError('KEYCLOAK_UNAVAILABLE', 'busy', { retryAfterMs: 30_000 });
    expect(backoff(1, busy, even)).toBe(30_000);
  });

  it('gives up after three days of waiting, however old the job was when it began', () => {
    let waited = 0;
    let attempt = 1;
    for (; backoff(attempt, away, even) >= 0; attempt++) {
      waited += backoff(attempt, away, even);
    }
    expect(waited / 3_600_000).toBeCloseTo(72, 0);
  });

  it('never tries again what can never succeed, and keeps the cause', () => {
    const missing = new ServiceError('GROUP_MISSING', 'no group /partners');
    const error = toJobError(missing);
    expect(error).toBeInstanceOf(UnrecoverableError);
    expect(error.message).toBe('GROUP_MISSING: no group /partners');
    expect(error.cause).toBe(missing);
  });

  it('keeps the code of what is tried again, for the queue has only the message, and waits by that code', () => {
    const young = toJobError(new ServiceError('USER_NOT_YET_VISIBLE', 'not yet', { cause: new Error('404') }));
    expect(young).not.toBeInstanceOf(UnrecoverableError);
    expect(young.message).toBe('USER_NOT_YET_VISIBLE: not yet');
    expect(backoffStrategy(1, undefined, young)).toBeLessThan(30);
    expect(backoffStrategy(1, undefined, toJobError(away))).toBeGreaterThan(700);
    expect(backoffStrategy(1, undefined, new Error('odd', { cause: new Error('why') }))).toBeGreaterThan(700);
  });

  it('tries again what nobody classified', () => {
    expect(toJobError(new TypeError('odd'))).not.toBeInstanceOf(UnrecoverableError);
    expect(toJobError('odd')).toBeInstanceOf(Error);
  });
});
