import { describe, expect, it } from '@jest/globals';

import { countStored } from '../../../src/operate/history/count-stored.ts';
import { findRegisteredUser, type RegisteredUsers } from '../../../src/operate/history/registered-user.ts';
import type { FoundUser } from '../../../src/ingest/user.ts';
import { sample } from '../../events/read.ts';
import { registration, user } from '../../rules/facts.ts';

const mia: FoundUser = { ...user, userId: registration.userId };
const stored = sample('rest-events-REGISTER');

function ask(
  users: FoundUser[],
  event: object | undefined,
  kept = { registrations: true, forMs: null as number | null },
) {
  const source: RegisteredUsers = {
    users: { find: async () => users },
    events: { registrations: async () => (event === undefined ? [] : [event]), kept: async () => kept },
  };
  return findRegisteredUser(source, 'acme', 'mia');
}

describe('src/operate/history/registered-user', () => {
  it('finds a person and their registration, in the realm that was asked', async () => {
    expect(await ask([mia], stored)).toMatchObject({ kind: 'found', user: mia, registration: { realm: 'acme' } });
  });

  it('does not choose between two people with the same address', async () => {
    const other = { ...mia, userId: 'other' };
    expect(await ask([mia, other], stored)).toEqual({
      kind: 'missing',
      because: '2 users of realm acme have this e-mail address',
      remedy: `name one by its id: ${mia.userId}, other`,
    });
  });

  it.each([
    ['keeps none', { registrations: false, forMs: null }, 'turn it on with "vestibule setup --realm acme"'],
    ['keeps events for 1d', { registrations: true, forMs: 86_400_000 }, 'give the event'],
  ])('says that the event store %s', async (why, kept, remedy) => {
    const old = { ...mia, createdAt: 0 };
    const answer = await ask([old], undefined, kept);
    expect(answer).toMatchObject({ because: expect.stringContaining(why), remedy: expect.stringContaining(remedy) });
  });
});

describe('src/operate/history/count-stored', () => {
  it('counts what is counted together, over all pages, and never less than the registration itself', async () => {
    const events = Array.from({ length: 700 }, (_, index) => ({
      ...stored,
      clientId: registration.clientId,
      details: { email: index % 7 === 0 ? 'x@acme.com' : 'x@other.example' },
    }));
    const source = {
      registrations: async (_: string, { first, max }: { first: number; max: number }) =>
        events.slice(first, first + max),
    };
    const missing = { kind: 'missing', what: 'count', by: 'domain', windowMs: 3_600_000 } as const;
    const key = JSON.stringify(['domain', 'acme', 'shop', 'acme.com']);
    expect(await countStored(source, registration, { ...missing, key })).toBe(100);
    expect(await countStored(source, registration, { ...missing, key: 'none' })).toBe(1);
  });
});
