import { describe, expect, it } from '@jest/globals';

import { enqueueEvents } from '../../src/jobs/enqueue.ts';
import type { Proof, Registration, UserEvent } from '../../src/ingest/registration.ts';
import { FakeJobs } from '../fakes/jobs.ts';
import { mia } from '../fakes/registrations.ts';

const registered = (proof: Proof | null, change: Partial<Registration> = {}): UserEvent => ({
  kind: 'registered',
  registration: { ...mia, ...change },
  proof,
});

describe('src/jobs/enqueue', () => {
  it('makes one job of an account, whatever the id of a second event is', async () => {
    const jobs = new FakeJobs();
    await enqueueEvents(jobs, [registered('signed')], 'kafka');
    await enqueueEvents(jobs, [registered('stored'), registered('trusted', { eventId: 'another' })], 'kafka');
    expect(jobs.in('registrations')).toMatchObject([{ data: { registration: { eventId: mia.eventId } } }]);
  });

  it('tells accounts of two realms apart, also where one is a copy of the other', async () => {
    const jobs = new FakeJobs();
    await enqueueEvents(jobs, [registered('signed'), registered('signed', { realm: 'acme:staging' })], 'kafka');
    expect(jobs.in('registrations')).toHaveLength(2);
    expect(jobs.in('registrations').filter(({ id }) => id.includes(':'))).toEqual([]);
  });

  it('puts what is not proven where it cannot take the place of what is, and without what the person typed', async () => {
    const jobs = new FakeJobs();
    await enqueueEvents(jobs, [registered(null, { clientId: 'of-choice' })], 'kafka');
    await enqueueEvents(jobs, [registered('signed')], 'kafka');
    const { eventId, time, realm, userId } = mia;
    expect(jobs.in('confirmations').map(({ data }) => data)).toEqual([
      { eventId, time, realm, userId, clientId: 'of-choice' },
    ]);
    expect(jobs.in('registrations')).toMatchObject([{ data: { registration: { clientId: mia.clientId } } }]);
  });
});
