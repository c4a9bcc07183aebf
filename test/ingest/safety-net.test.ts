import { describe, expect, it } from '@jest/globals';

import { createSafetyNet, type Look } from '../../src/ingest/safety-net.ts';
import { ServiceError } from '../../src/platform/errors.ts';
import { createLog } from '../../src/platform/log.ts';

const minute = 60_000;
const refused = { error: new ServiceError('KEYCLOAK_FORBIDDEN', 'no token') };
const away = { error: new ServiceError('KEYCLOAK_UNAVAILABLE', 'no answer') };

function setup() {
  const looks = new Map<string, Look>();
  const clock = { time: 1_000_000 };
  const lines: { level: string; realm: string; why?: string }[] = [];
  const instance = () =>
    createSafetyNet({
      looks: {
        get: async (realm) => looks.get(realm) ?? null,
        set: async (realm, look) => void looks.set(realm, look),
      },
      now: () => clock.time,
      log: createLog('info', { write: (line: string) => void lines.push(JSON.parse(line) as (typeof lines)[number]) }),
    });
  return { clock, lines, net: instance(), instance };
}

describe('src/ingest/safety-net', () => {
  it('is on after a look into a store that keeps registrations', async () => {
    const { net, clock, lines } = setup();
    await net.looked('acme', { kept: true });
    clock.time += 20_000;
    expect(await net.states(['acme'])).toEqual([{ realm: 'acme', fault: null, since: 1_000_000, readAgoMs: 20_000 }]);
    expect(lines).toEqual([]);
  });

  it.each([
    ['event-store-off', { kept: false }],
    ['refused', refused],
    ['failing', away],
  ] as const)('says once that it is off: %s; and since when, in every instance', async (why, found) => {
    const { net, instance, clock, lines } = setup();
    await net.looked('acme', { kept: true });
    clock.time += minute;
    await net.looked('acme', found);
    clock.time += minute;
    await net.looked('acme', found);
    const [state] = await instance().states(['acme']);
    expect(state).toMatchObject({ fault: why, since: 1_000_000 + minute });
    expect(lines).toMatchObject([{ level: 'error', realm: 'acme', why }]);
  });

  it('remembers when the store was read last, while it cannot be read', async () => {
    const { net, clock } = setup();
    await net.looked('acme', { kept: true });
    clock.time += 10 * minute;
    await net.looked('acme', away);
    expect(await net.states(['acme'])).toMatchObject([{ readAgoMs: 10 * minute }]);
  });

  it('says nothing of a realm because Redis does not answer, or is being filled again', async () => {
    const { net, lines } = setup();
    await net.looked('acme', { kept: true });
    await net.looked('acme', { error: new ServiceError('REDIS_UNAVAILABLE', 'Redis was emptied') });
    expect(await net.states(['acme'])).toMatchObject([{ fault: null }]);
    expect(lines).toEqual([]);
  });

  it('says that it is on again', async () => {
    const { net, lines } = setup();
    await net.looked('acme', refused);
    await net.looked('acme', { kept: true });
    expect(await net.states(['acme'])).toMatchObject([{ fault: null }]);
    expect(lines.map(({ level }) => level)).toEqual(['error', 'info']);
  });

  it('is overdue when nobody looked for five minutes, be it the first look or the next', async () => {
    const { net, clock } = setup();
    await net.looked('acme', { kept: true });
    clock.time += 4 * minute;
    expect((await net.states(['acme', 'new'])).map(({ fault }) => fault)).toEqual([null, null]);
    clock.time += 2 * minute;
    expect(await net.states(['acme', 'new'])).toEqual([
      { realm: 'acme', fault: 'overdue', since: 1_000_000, readAgoMs: 6 * minute },
      { realm: 'new', fault: 'overdue', since: 1_000_000, readAgoMs: null },
    ]);
  });

  it('knows nothing of a realm that nobody asks about', async () => {
    const { net } = setup();
    await net.looked('acme', refused);
    expect(await net.states([])).toEqual([]);
  });
});
