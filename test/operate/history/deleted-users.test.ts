import { describe, expect, it } from '@jest/globals';

import { idsOfRegistered } from '../../../src/operate/history/deleted-users.ts';
import { sample } from '../../events/read.ts';

const idOf = (index: number): string => `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`;

function registered(index: number, username: string, email: string) {
  const event = sample('rest-events-REGISTER') as { details: object };
  return { ...event, id: idOf(100 + index), userId: idOf(index), details: { ...event.details, username, email } };
}

describe('src/operate/history/deleted-users', () => {
  const stored = [
    registered(1, 'nina', 'nina@example.test'),
    registered(2, 'tom', 'tom@example.test'),
    registered(3, 'Nina', 'other@example.test'),
  ];
  const events = { registrations: async () => stored };

  it.each([
    ['tom', [2]],
    ['TOM@example.test', [2]],
    ['nina', [1, 3]],
    ['to', []],
  ])('knows by the event store who registered as %s', async (who, indices) => {
    expect(await idsOfRegistered(events, 'acme', who)).toEqual(indices.map(idOf));
  });
});
