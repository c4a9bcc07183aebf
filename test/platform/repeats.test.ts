import { describe, expect, it } from '@jest/globals';

import { createRepeats } from '../../src/platform/repeats.ts';

describe('src/platform/repeats', () => {
  it('tells a trouble once a minute, and how often it came meanwhile', () => {
    let now = 0;
    const repeats = createRepeats(() => now);
    expect(repeats('Kafka is away')).toEqual({});
    now = 5_000;
    expect(repeats('Kafka is away')).toBeNull();
    now = 59_999;
    expect(repeats('Kafka is away')).toBeNull();
    now = 60_000;
    expect(repeats('Kafka is away')).toEqual({ repeated: 2 });
    now = 180_000;
    expect(repeats('Kafka is away')).toEqual({});
  });

  it('tells another trouble at once', () => {
    const repeats = createRepeats(() => 0);
    repeats('Kafka is away');
    expect(repeats('Redis is away')).toEqual({});
  });

  it('holds no more troubles than it may, and then tells them anew', () => {
    const repeats = createRepeats(() => 0);
    for (let nth = 0; nth < 200; nth += 1) {
      repeats(`trouble ${nth}`);
    }
    expect(repeats('trouble 0')).toBeNull();
    expect(repeats('trouble 200')).toEqual({});
    expect(repeats('trouble 0')).toEqual({});
  });
});
