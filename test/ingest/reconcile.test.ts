import { describe, expect, it } from '@jest/globals';

import { createReconciler } from '../../src/ingest/reconcile.ts';
import { createLog } from '../../src/platform/log.ts';

const now = Date.parse('2026-11-24T10:00:00Z');
const minute = 60_000;
const hour = 60 * minute;

/** Runs the reconciler once. @returns where it began to read, and where it will go on */
async function look({ position, setUpAt }: { position: number | null; setUpAt: number }) {
  const began: number[] = [];
  let next = position;
  await createReconciler({
    realms: () => ['acme'],
    events: { registrations: async (_, { from }) => (began.push(from), []) },
    position: { get: async () => position, set: async (_, time) => void (next = time) },
    setUpAt: async () => setUpAt,
    enqueue: async () => undefined,
    now: () => now,
    log: createLog('fatal'),
  })();
  return { from: began[0], next };
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

  it('looks at what a clock that was ahead made it skip', async () => {
    const { from, next } = await look({ position: now + hour, setUpAt: now - 1_000 * hour });
    expect(from).toBe(now - 10_000 - 5 * minute);
    expect(next).toBe(now - 10_000);
  });
});
