import { describe, expect, it } from '@jest/globals';

import { parseSnapshot } from '../../../src/adapters/redis/snapshot.ts';

const snapshot = {
  id: 'a'.repeat(32),
  revision: 1,
  state: 'waiting',
  settled: false,
  realm: 'acme',
  userId: 'u',
  askedAt: 1,
  expiresAt: 2,
  remindAt: null,
  decidedAt: null,
  application: 'Portal',
};

describe('src/adapters/redis/snapshot', () => {
  it('reads a snapshot with all that its writer put in', () => {
    expect(parseSnapshot(JSON.stringify(snapshot))).toEqual(snapshot);
  });

  it.each([
    ['no JSON', '{'],
    ['no object', 'null'],
    ['a state of another version', JSON.stringify({ ...snapshot, state: 'forwarded' })],
    ['a revision that is none', JSON.stringify({ ...snapshot, revision: 0 })],
    ['text for a time', JSON.stringify({ ...snapshot, expiresAt: '2' })],
  ])('takes %s for no snapshot', (_what, json) => {
    expect(parseSnapshot(json)).toBeNull();
  });
});
