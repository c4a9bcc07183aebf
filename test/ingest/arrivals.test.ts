import { describe, expect, it } from '@jest/globals';

import { createArrivals, type Via } from '../../src/ingest/arrivals.ts';
import { createLog } from '../../src/platform/log.ts';

const startedAt = 1_000_000;

function setup() {
  const counts = new Map<string, number>();
  const counted: [string, Via][] = [];
  const lines: Record<string, unknown>[] = [];
  const arrivals = createArrivals({
    missed: {
      add: async (realm) => {
        counts.set(realm, (counts.get(realm) ?? 0) + 1);
        return counts.get(realm) ?? 0;
      },
      count: async (realm) => counts.get(realm) ?? 0,
    },
    count: (realm, via) => void counted.push([realm, via]),
    now: () => startedAt,
    log: createLog('warn', { write: (line: string) => void lines.push(JSON.parse(line)) }),
  });
  const arrive = (via: Via, time = startedAt + 1) => arrivals.arrived({ realm: 'acme', time }, via);
  return { arrivals, arrive, counts, counted, lines };
}

describe('src/ingest/arrivals', () => {
  it('tells the realms in which only the event store brings registrations, and says it once in a window', async () => {
    const { arrivals, arrive, counted, lines } = setup();
    await arrive('event-store');
    await arrive('event-store');
    expect(await arrivals.missed(['acme', 'blog'])).toEqual([{ realm: 'acme', registrations: 2 }]);
    expect(counted).toHaveLength(2);
    expect(lines).toEqual([
      expect.objectContaining({
        level: 'warn',
        realm: 'acme',
        msg: 'Kafka does not bring registrations; they come late, by the event store alone',
      }),
    ]);
  });

  it.each(['kafka', 'kafka-unproven'] as const)('counts what came by %s, and complains of nothing', async (via) => {
    const { arrivals, arrive, counted, lines } = setup();
    await arrive(via);
    expect([await arrivals.missed(['acme']), counted, lines]).toEqual([[], [['acme', via]], []]);
  });

  it('does not blame the listener for what registered before the start: nobody read Kafka then', async () => {
    const { arrivals, arrive, counted } = setup();
    await arrive('event-store', startedAt - 1);
    expect([await arrivals.missed(['acme']), counted]).toEqual([[], [['acme', 'event-store']]]);
  });
});
