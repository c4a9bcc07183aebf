import { describe, expect, it } from '@jest/globals';

import { notingArrivals } from '../../src/execute/noted-arrival.ts';
import type { Handler, RegistrationJob } from '../../src/jobs/payloads.ts';
import { mia } from '../fakes/registrations.ts';

/** Runs a job until it ends, each attempt with the data that the one before saved. */
async function run(handle: Handler<'registrations'>, given: RegistrationJob) {
  const noted: unknown[] = [];
  const noting = notingArrivals(handle, { arrived: async ({ realm }, via) => void noted.push([realm, via]) });
  let data = given;
  const attempt = () => noting({ id: 'a', data, save: async (next) => void (data = next) });
  const outcome = await attempt().catch(attempt);
  return { noted, outcome, data };
}

const saves: Handler<'registrations'> = async (job) => {
  await job.save({ registration: job.data.registration, bare: true });
  return 'applied';
};

describe('src/execute/noted-arrival', () => {
  it('notes how a registration came when it is handled', async () => {
    const { noted, outcome, data } = await run(saves, { registration: mia, via: 'event-store' });
    expect([noted, outcome]).toEqual([[[mia.realm, 'event-store']], 'applied']);
    expect(data).toEqual({ registration: mia, bare: true, via: 'event-store' });
  });

  it('notes it once, also when an attempt saved the job and failed', async () => {
    let attempts = 0;
    const { noted } = await run(
      async (job) => {
        await saves(job);
        attempts += 1;
        if (attempts === 1) {
          throw new Error('Keycloak is away');
        }
        return 'applied';
      },
      { registration: mia, via: 'kafka' },
    );
    expect(noted).toEqual([[mia.realm, 'kafka']]);
  });

  it('notes no repeat of a registration that was finished, and no job of an earlier version', async () => {
    expect((await run(async () => 'known', { registration: mia, via: 'event-store' })).noted).toEqual([]);
    expect((await run(saves, { registration: mia })).noted).toEqual([]);
  });
});
