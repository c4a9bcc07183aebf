import { describe, expect, it } from '@jest/globals';

import { keycloakOf, Outages, systemsIn, type WaitingJob } from '../../src/jobs/outages.ts';
import { createLog } from '../../src/platform/log.ts';
import { ServiceError } from '../../src/platform/errors.ts';
import { FakeOutageStore } from '../fakes/outage-store.ts';

const acme = keycloakOf('acme');
const away = new ServiceError('KEYCLOAK_UNAVAILABLE', 'no answer', { realm: 'acme' });
const job: WaitingJob = { queue: 'registrations', id: 'register-1' };

/** One or more instances with one store. Pauses between probes are as good as none. */
function setup({ wake = 'woken' }: { wake?: 'woken' | 'busy' } = {}) {
  const store = new FakeOutageStore();
  store.letGo = (system) => FakeOutageStore.prototype.letGo.call(store, system, -1);
  const world = { fault: null as Error | null, probes: 0, woken: [] as WaitingJob[], wake, log: [] as string[] };
  const log = createLog('info', { write: (line: string) => void world.log.push(JSON.parse(line).msg as string) });
  const instance = () =>
    new Outages({
      store,
      probeOf: (system) =>
        system === 'unknown'
          ? null
          : async () => {
              world.probes += 1;
              if (world.fault !== null) {
                throw world.fault;
              }
            },
      async wake(one) {
        world.woken.push(one);
        return world.wake;
      },
      now: () => 1_000,
      log,
    });
  const look = async (outages: Outages): Promise<void> => {
    await outages.tick();
    await outages.idle();
  };
  return { store, world, outages: instance(), instance, look };
}

describe('src/jobs/outages', () => {
  it('asks nothing while nothing fails', async () => {
    const { outages, look, world } = setup();
    await look(outages);
    expect(world.probes).toBe(0);
  });

  it('wakes what waits once the system answers again, and says both', async () => {
    const { outages, look, world, store } = setup();
    world.fault = away;
    await outages.failed(away, job);
    await look(outages);
    await look(outages);
    expect(world.woken).toEqual([]);
    world.fault = null;
    await look(outages);
    await look(outages);
    expect(world.woken).toEqual([job]);
    expect(await store.list()).toEqual([]);
    expect(world.log).toEqual([
      'a system does not do its work; what needs it waits',
      'a system does its work again; what waits for it is tried at once',
    ]);
  });

  it('wakes nothing for a fault that no probe sees: that would use up the attempts of a job', async () => {
    const { outages, look, world } = setup();
    for (const _attempt of [1, 2, 3, 4, 5]) {
      await outages.failed(away, job);
      await look(outages);
      await look(outages);
    }
    expect(world.woken).toEqual([]);
  });

  it('wakes a job once for each recovery', async () => {
    const { outages, look, world } = setup();
    world.fault = away;
    await outages.failed(away, job);
    await look(outages);
    world.fault = null;
    await look(outages);
    await outages.failed(away, job);
    await look(outages);
    await look(outages);
    expect(world.woken).toEqual([job]);
  });

  it('goes on after a restart, in any instance', async () => {
    const { outages, instance, look, world } = setup();
    world.fault = away;
    await outages.failed(away, job);
    await look(outages);
    world.fault = null;
    const other = instance();
    await look(other);
    await look(other);
    expect(world.woken).toEqual([job]);
  });

  it('has one instance probe a system at a time', async () => {
    const { outages, instance, look, world, store } = setup();
    await outages.failed(away, job);
    await store.claimProbe(acme);
    await look(instance());
    expect(world.probes).toBe(0);
  });

  it('wakes few at once', async () => {
    const { outages, look, world } = setup();
    world.fault = away;
    for (let id = 0; id < 60; id += 1) {
      await outages.failed(away, { ...job, id: String(id) });
    }
    await look(outages);
    world.fault = null;
    const counts = [];
    for (const _look of [1, 2, 3, 4]) {
      await look(outages);
      counts.push(world.woken.length);
    }
    expect(counts).toEqual([0, 25, 50, 60]);
  });

  it('tries a job again that is in an attempt when its system comes back', async () => {
    const { outages, look, world } = setup({ wake: 'busy' });
    world.fault = away;
    await outages.failed(away, job);
    await look(outages);
    world.fault = null;
    await look(outages);
    await look(outages);
    world.wake = 'woken';
    await look(outages);
    await look(outages);
    expect(world.woken).toEqual([job, job]);
  });

  it('forgets a system that nobody can look at', async () => {
    const { outages, look, store } = setup();
    await store.suspect('unknown', 1, job);
    await look(outages);
    expect(await store.list()).toEqual([]);
  });

  it('fails no job because Redis is away', async () => {
    const { outages, store } = setup();
    store.suspect = () => Promise.reject(new Error('Redis is away'));
    await expect(outages.failed(away, job)).resolves.toBeUndefined();
  });

  it.each([
    [away, [acme]],
    [new ServiceError('KEYCLOAK_FORBIDDEN', 'no token', { realm: 'acme' }), [acme]],
    [new ServiceError('KEYCLOAK_UNAVAILABLE', 'no realm known'), []],
    [new ServiceError('KEYCLOAK_REFUSED', 'not this user', { realm: 'acme' }), []],
    [new ServiceError('MAIL_UNAVAILABLE', 'away'), ['mail']],
    [new ServiceError('MAIL_REFUSED', 'no such recipient'), []],
    [new ServiceError('KAFKA_UNAVAILABLE', 'away'), ['kafka']],
    [new ServiceError('USER_BUSY', 'later'), []],
    [new AggregateError([away, away, new ServiceError('MAIL_UNAVAILABLE', 'away')]), [acme, 'mail']],
    [new Error('a defect'), []],
  ])('knows whose trouble %s is', (error, systems) => {
    expect(systemsIn(error)).toEqual(systems);
  });
});
