import { beforeEach, describe, expect, it } from '@jest/globals';

import { Followed } from '../../../src/rules/door/followed.ts';

const now = 1_795_479_557_788;
const policy = { sequence: now - 5, version: 'v2' };
const here = { own: 'v1', inForce: { sequence: now - 1_000 }, now };

describe('src/rules/door/followed', () => {
  let followed: Followed;
  beforeEach(() => {
    followed = new Followed();
    followed.read(1n);
    followed.sawEnd(1n, now - 100);
  });

  it('awaits a policy that is newer than what was read, also where nothing was', () => {
    expect(followed.awaits(policy, here)).toBe(true);
    expect(new Followed().awaits(policy, { ...here, inForce: null })).toBe(true);
  });

  it.each([
    ['it was read', { ...here, inForce: { sequence: policy.sequence } }, policy],
    ['a newer one was read', { ...here, inForce: { sequence: now } }, policy],
    ['its rules are those that are here', { ...here, own: 'v2', inForce: null }, policy],
    ['nobody can have given it that sequence', here, { ...policy, sequence: now + 300_001 }],
  ])('awaits none where %s', (_, situation, about) => {
    expect(followed.awaits(about, situation)).toBe(false);
  });

  it('awaits one of an instance whose clock is ahead', () => {
    expect(followed.awaits({ ...policy, sequence: now + 300_000 }, here)).toBe(true);
  });

  it('does so until the whole topic was read, up to an end that was asked for after that', () => {
    expect(followed.awaits(policy, here)).toBe(true);
    followed.sawEnd(1n, now); // asked for before, or at the same moment
    expect(followed.awaits(policy, { ...here, now: now + 50 })).toBe(true);
    followed.sawEnd(2n, now + 100); // one record is not read yet
    expect(followed.awaits(policy, { ...here, now: now + 150 })).toBe(true);
    followed.read(2n);
    followed.sawEnd(2n, now + 200);
    expect(followed.awaits(policy, { ...here, now: now + 250 })).toBe(false);
  });

  it('begins anew with a newer policy', () => {
    expect(followed.awaits(policy, here)).toBe(true);
    followed.sawEnd(1n, now + 100);
    const next = { ...policy, sequence: now + 300 };
    expect(followed.awaits(policy, { ...here, now: now + 400 })).toBe(false);
    expect(followed.awaits(next, { ...here, now: now + 400 })).toBe(true);
  });
});
