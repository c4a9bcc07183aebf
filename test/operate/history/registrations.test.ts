import { describe, expect, it } from '@jest/globals';

import { storedRegistrations } from '../../../src/operate/history/stored-registrations.ts';
import { withUsers } from '../../../src/operate/history/with-users.ts';
import type { Registration } from '../../../src/ingest/registration.ts';
import { sample } from '../../events/read.ts';
import { registration, user } from '../../rules/facts.ts';

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) {
    list.push(item);
  }
  return list;
}

const idOf = (index: number): string => `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`;

describe('src/operate/history/stored-registrations', () => {
  const stored = Array.from({ length: 1_200 }, (_, index) => ({ ...sample('rest-events-REGISTER'), id: idOf(index) }));

  it('reads all pages, in the realm that was asked', async () => {
    const events = {
      registrations: async (_: string, { first, max }: { first: number; max: number }) =>
        stored.slice(first, first + max),
    };
    const read = await all(storedRegistrations(events, 'acme', 0, () => undefined));
    expect(read.map(({ eventId }) => eventId)).toEqual(stored.map(({ id }) => id));
    expect(new Set(read.map(({ realm }) => realm))).toEqual(new Set(['acme']));
  });

  it('takes an event once that two pages show, and leaves out what cannot be read, not without a word', async () => {
    const broken = { ...stored[0], id: idOf(9_999), userId: 'nobody' };
    const pages = [stored.slice(0, 500), [...stored.slice(499, 510), broken]];
    let unreadable = 0;
    const events = { registrations: async (_: string, { first }: { first: number }) => pages[first / 500] ?? [] };
    const read = await all(storedRegistrations(events, 'acme', 0, () => void unreadable++));
    expect([read.length, unreadable]).toEqual([510, 1]);
  });
});

describe('src/operate/history/with-users', () => {
  const people = Array.from({ length: 30 }, (_, index): Registration => ({ ...registration, userId: idOf(index) }));

  it('reads several at once, and hands over in the order in which they come', async () => {
    let reading = 0;
    let most = 0;
    const read = async () => {
      most = Math.max(most, ++reading);
      await new Promise((resolve) => setImmediate(resolve));
      reading--;
      return user;
    };
    const facts = await all(withUsers(people, ({ userId }) => userId !== idOf(3), read));
    expect(facts.map(({ registration: { userId } }) => userId)).toEqual(people.map(({ userId }) => userId));
    expect(facts.filter((one) => one.user === undefined)).toHaveLength(1);
    expect([most > 1, most <= 8]).toEqual([true, true]);
  });

  it('ends with the first failure, whatever else is under way', async () => {
    const read = async ({ userId }: { userId: string }) => {
      await new Promise((resolve) => setImmediate(resolve));
      throw new Error(`no answer about ${userId}`);
    };
    await expect(all(withUsers(people, () => true, read))).rejects.toThrow(`no answer about ${idOf(0)}`);
  });

  it('leaves those undecided whose account is gone', async () => {
    const [gone] = await all(
      withUsers(
        people,
        () => true,
        async () => null,
      ),
    );
    expect(gone).toEqual({ registration: people[0], user: undefined });
  });
});
