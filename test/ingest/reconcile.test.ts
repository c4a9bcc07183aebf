import { describe, expect, it } from '@jest/globals';

import { createReconciler } from '../../src/ingest/reconcile.ts';
import { createLog } from '../../src/platform/log.ts';

const now = Date.parse('2026-11-24T10:00:00Z');
const minute = 60_000;
const hour = 60 * minute;

interface Setting {
  readonly position?: number | null | 'unknown';
  readonly setUpAt?: number;
  readonly forMs?: number | null;
  readonly registrations?: boolean;
  readonly read?: () => Promise<object[]>;
}

/** Runs the reconciler once. @returns where it began to read, where it will go on, what it warned of and told the net */
async function look({ position = null, setUpAt = now, forMs = null, registrations = true, read }: Setting) {
  const began: number[] = [];
  const found: object[] = [];
  const lines: string[] = [];
  let next = position;
  await createReconciler({
    realms: () => ['acme'],
    events: {
      registrations: async (_, { from }) => (began.push(from), read?.() ?? []),
      kept: async () => ({ registrations, forMs }),
    },
    net: { looked: async (realm, what) => void found.push({ realm, ...what }) },
    position: { get: async () => position, set: async (_, time) => void (next = time) },
    setUpAt: async () => setUpAt,
    maxAgeMs: 168 * hour,
    enqueue: async () => undefined,
    now: () => now,
    log: createLog('warn', { write: (line: string) => void lines.push(line) }),
  })().catch(() => undefined); // what fails is looked at below
  const warned = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  return { from: began[0], next, found, warned };
}

describe('src/ingest/reconcile', () => {
  it('begins at the time when the realm was set up, when it has not looked before', async () => {
    expect(await look({ position: null, setUpAt: now - 5 * hour })).toMatchObject({
      from: now - 5 * hour,
      warned: [],
    });
  });

  it('begins with the oldest that may lead to something when nothing is remembered, and says what may be missed', async () => {
    const { from, warned } = await look({ position: null, setUpAt: now - 1_000 * hour });
    expect(from).toBe(now - 168 * hour);
    expect(warned).toEqual([
      expect.objectContaining({
        level: 'warn',
        realm: 'acme',
        firstLook: true,
        from: new Date(now - 1_000 * hour).toISOString(),
        to: new Date(now - 168 * hour).toISOString(),
      }),
    ]);
  });

  it('goes on where it was, with an overlap', async () => {
    const { from, next } = await look({ position: now - minute });
    expect(from).toBe(now - 6 * minute);
    expect(next).toBe(now - 10_000);
  });

  it('goes on where it was after hours away, without a warning while the event store goes back so far', async () => {
    expect(await look({ position: now - 30 * hour, forMs: 48 * hour })).toMatchObject({
      from: now - 30 * hour - 5 * minute,
      warned: [],
    });
  });

  it('warns when the event store does not go back to where it was', async () => {
    const { warned } = await look({ position: now - 30 * hour, forMs: 24 * hour });
    expect(warned).toEqual([
      expect.objectContaining({ firstLook: false, to: new Date(now - 24 * hour).toISOString() }),
    ]);
  });

  it('looks at what a clock that was ahead made it skip', async () => {
    const { from, next } = await look({ position: now + hour, setUpAt: now - 1_000 * hour });
    expect(from).toBe(now - 10_000 - 5 * minute);
    expect(next).toBe(now - 10_000);
  });

  it('reads what is new, and notes no position, while Redis was emptied and Kafka cannot say where it was', async () => {
    const { from, next, found, warned } = await look({ position: 'unknown', setUpAt: now - 1_000 * hour });
    expect([from, next, warned]).toEqual([now - 4 * minute, 'unknown', []]);
    expect(found).toEqual([{ realm: 'acme', kept: true }]);
  });

  it('tells the safety net what it found: a store that keeps registrations, one that keeps none, or an error', async () => {
    expect((await look({})).found).toEqual([{ realm: 'acme', kept: true }]);
    expect((await look({ registrations: false })).found).toEqual([{ realm: 'acme', kept: false }]);
    const error = new Error('away');
    expect((await look({ read: () => Promise.reject(error) })).found).toEqual([{ realm: 'acme', error }]);
  });
});
