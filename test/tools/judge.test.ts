import { describe, expect, it } from '@jest/globals';

import { type AdminEvent, type Evidence, judge, type Registered } from '../faults/support/judge.ts';
import { Random } from '../faults/support/random.ts';

const id = (number: number): string => `00000000-0000-4000-8000-00000000000${number}`;
const person = (number: number, end: Registered['end']): Registered => ({
  userId: id(number),
  username: `user${number}`,
  time: 1_000,
  end,
  closes: end !== 'member',
});
const joined = (number: number): AdminEvent => ({
  time: 1_300,
  operation: 'CREATE',
  resource: 'GROUP_MEMBERSHIP',
  path: `users/${id(number)}/groups/partners`,
});
const disabled = (number: number, time = 1_200): AdminEvent => ({
  time,
  operation: 'UPDATE',
  resource: 'USER',
  path: `users/${id(number)}`,
});
const deleted = (number: number): AdminEvent => ({ ...disabled(number, 1_500), operation: 'DELETE' });

const evidence: Evidence = {
  registered: [person(1, 'disabled'), person(2, 'member'), person(3, 'gone')],
  users: new Map([
    [id(1), false],
    [id(2), true],
  ]),
  adminEvents: [disabled(1), joined(2), deleted(3)],
  audit: [{ kind: 'asked', eventId: 'e1', approval: 'a1' }],
  mails: ['desk@acme.test <m1>'],
  sameMailAtMost: 1,
};

describe('the judge', () => {
  it('finds nothing where all are at their end; the longest exposure ends with a deletion too', () => {
    expect(judge(evidence)).toEqual({
      registrations: 3,
      lost: [],
      doubled: [],
      longestExposureMs: 500,
      longestHealthyMs: 500,
      givenUp: 0,
      repeats: 0,
    });
  });

  it.each([
    ['somebody who is still in', { users: new Map(evidence.users).set(id(1), true) }, ['user1 (disabled)']],
    ['somebody who was let in, and never joined', { adminEvents: [disabled(1), deleted(3)] }, ['user2 (member)']],
    [
      'somebody who joined, and is locked out',
      { users: new Map(evidence.users).set(id(2), false) },
      ['user2 (member)'],
    ],
    ['somebody who is still there', { users: new Map(evidence.users).set(id(3), false) }, ['user3 (gone)']],
  ])('finds as lost: %s', (_, change, expected) => {
    expect(judge({ ...evidence, ...change }).lost).toEqual(expected);
  });

  it.each([
    ['a group', { adminEvents: [...evidence.adminEvents, joined(2)] }],
    ['a deletion', { adminEvents: [...evidence.adminEvents, deleted(3)] }],
    ['a mail', { mails: [...evidence.mails, ...evidence.mails] }],
    ['a question', { audit: [...evidence.audit, { kind: 'asked', eventId: 'e1', approval: 'a2' }] }],
  ])('finds %s that came twice', (_, change) => {
    expect(judge({ ...evidence, ...change }).doubled).toHaveLength(1);
  });

  it('lets an account be disabled twice: that is the same end', () => {
    expect(judge({ ...evidence, adminEvents: [...evidence.adminEvents, disabled(1, 9_000)] })).toEqual(judge(evidence));
  });

  it('lets a mail come twice where it may, and counts it', () => {
    const found = judge({ ...evidence, mails: [...evidence.mails, ...evidence.mails], sameMailAtMost: 2 });
    expect([found.doubled, found.repeats]).toEqual([[], 1]);
  });

  it('counts jobs that were given up', () => {
    expect(judge({ ...evidence, audit: [{ kind: 'failed', eventId: 'e1' }] }).givenUp).toBe(1);
  });
});

describe('numbers from a seed', () => {
  const some = (seed: number): number[] => {
    const random = new Random(seed);
    return Array.from({ length: 200 }, () => random.between(1, 6));
  };

  it('are the same for the same seed, and others for another', () => {
    expect(some(7)).toEqual(some(7));
    expect(some(7)).not.toEqual(some(8));
  });

  it('reach both ends of their range and nothing beyond', () => {
    expect(new Set(some(7))).toEqual(new Set([1, 2, 3, 4, 5, 6]));
  });
});
