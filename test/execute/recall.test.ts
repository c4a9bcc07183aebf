import { describe, expect, it } from '@jest/globals';

import { bareRegistration } from '../../src/jobs/personal-data.ts';
import { createRecall } from '../../src/execute/recall.ts';
import { registrationIn } from '../../src/ingest/stored.ts';
import { sample } from '../events/read.ts';

const stored = sample('rest-events-REGISTER') as { id: string };
const registration = registrationIn(stored, 'acme');
if (registration === null) {
  throw new Error('the sample is no registration');
}
const bare = bareRegistration({ ...registration, locale: 'de' });

function recallFrom(events: readonly { readonly id: string }[]) {
  const asked: unknown[] = [];
  const recall = createRecall({
    registrations: async (realm, query) => {
      asked.push({ realm, ...query });
      return events;
    },
  });
  return { recall, asked };
}

describe('src/execute/recall', () => {
  it("reads a registration again from the realm's event store, and keeps language and headers, which it lacks", async () => {
    const { recall, asked } = recallFrom([{ id: 'another' }, stored]);
    await expect(recall(bare)).resolves.toEqual({ ...registration, locale: 'de' });
    const headers = { 'x-partner-id': 'p-17' };
    await expect(recall({ ...bare, headers })).resolves.toMatchObject({ headers });
    expect(asked).toMatchObject([{ realm: 'acme', userId: registration.userId, from: registration.time }, {}]);
  });

  it.each([
    ['forgot it', []],
    ['has another one of this person', [{ ...stored, id: 'another' }]],
    ['has one that cannot be read', [{ id: stored.id, type: 'REGISTER', realmId: 'x', time: 'yesterday' }]],
  ])('leaves it bare when the event store %s', async (_, events) => {
    await expect(recallFrom(events).recall(bare)).resolves.toEqual(bare);
  });
});
