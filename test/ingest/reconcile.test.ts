import { describe, expect, it } from '@jest/globals';

import { createReconciler } from '../../src/ingest/reconcile.ts';
import { createLog } from '../../src/platform/log.ts';

const now = Date.parse('2026-11-24T10:00:00Z');
const minute = 60_000;
const hour = 60 * minute;

/** Runs the reconciler once. @returns where it began to read, and where it will go on */
async function look({
  position = null as number | null,
  setUpAt = now,
  kept = true,
  read = async (): Promise<object[]> => [],
}) {
  const began: number[] = [];
  const found: object[] = [];
  let next = position;
  await createReconciler({
    realms: () => ['acme'],
    events: {
      registrations: (_, { from }) => (began.push(from), read()),
      kept: async () => ({ registrations: kept }),
    },
    net: { looked: async (realm, what) => void found.push({ realm, ...what }) },
    position: { get: async () => position, set: async (_, time) => void (next = time) },
    setUpAt: async () => setUpAt,
    enqueue: async () => undefined,
    now: () => now,
    log: createLog('fatal'),
  })().catch(() => undefined); // what fails is looked at below
  return { from: began[0], next, found };
}

describe('src/ingest/reconcile', () => {
  it('begins at the time when the realm was set up, when it has not looked before', async () => {
    expect(await look({ position: null, setUpAt: now - 5 * hour })).toMatchObject({ from: now - 5 * hour });
  });

  it('begins a day ago when it has forgotten where it was: mail comes once more', async () => {
    expect(await look({ position: null, setUpAt: now - 1_000 * hour })).toMatchObject({ from: now - 24 * hour });
  });

  it('goes on where it was, with an overlap', async () => {
    const { from, next } = await look({ position: now - minute, setUpAt: now - 1_000 * hour });
    expect(from).toBe(now - 6 * minute);
    expect(next).toBe(now - 10_000);
  });

  it('tells the safety net what it found: a store that keeps registrations, one that keeps none, or an error', async () => {
    expect((await look({})).found).toEqual([{ realm: 'acme', kept: true }]);
    expect((await look({ kept: false })).found).toEqual([{ realm: 'acme', kept: false }]);
    const error = new Error('away');
    expect((await look({ read: () => Promise.reject(error) })).found).toEqual([{ realm: 'acme', error }]);
  });
});
