import { describe, expect, it } from '@jest/globals';

import { enabledSince, orUnseen } from '../../src/execute/enabled-since.ts';
import type { Mark } from '../../src/jobs/payloads.ts';
import { ServiceError } from '../../src/platform/errors.ts';
import { FakeAdminEvents } from '../fakes/admin-events.ts';
import { mia, registeredAt } from '../fakes/registrations.ts';

const unknown: Mark = { disabled: null, finished: false };
const forbidden = new ServiceError('KEYCLOAK_FORBIDDEN', 'may not read the admin events');
const away = new ServiceError('KEYCLOAK_UNAVAILABLE', 'away');

function setup(mark: Mark, ageMs: number) {
  const adminEvents = new FakeAdminEvents();
  adminEvents.enabler = { at: registeredAt + 1_000, by: 'user boss' };
  let looks = 0;
  const look = adminEvents.enabledByOther;
  adminEvents.enabledByOther = () => (looks++, look());
  const ask = () => enabledSince({ adminEvents, now: () => registeredAt + ageMs }, mia, mark);
  return { adminEvents, ask, looks: () => looks };
}

describe('src/execute/enabled-since', () => {
  it('asks Keycloak nothing about somebody new of whom nothing is known: their door is open meanwhile', async () => {
    const { ask, looks } = setup(unknown, 50);
    await expect(ask()).resolves.toBeNull();
    expect(looks()).toBe(0);
  });

  it.each<[string, Mark, number]>([
    ['was disabled before', { ...unknown, disabled: 'done' }, 50],
    ['may have been disabled before', { ...unknown, unsure: true }, 50],
    ['is not new', unknown, 3_600_000],
  ])('finds who enabled an account that %s', async (_, mark, ageMs) => {
    const { ask } = setup(mark, ageMs);
    await expect(ask()).resolves.toBe('user boss enabled the account at 2026-11-24T10:00:01.000Z');
  });

  it('leaves no door open because it may not read the admin events, and fails where Keycloak is away', async () => {
    const { adminEvents, ask } = setup(unknown, 3_600_000);
    adminEvents.enabledByOther = () => Promise.reject(forbidden);
    await expect(ask()).resolves.toBeNull();
    adminEvents.enabledByOther = () => Promise.reject(away);
    await expect(ask()).rejects.toBe(away);
  });

  it('takes for unseen only what the service account may not see', async () => {
    await expect(orUnseen(Promise.resolve('seen'), 'unseen')).resolves.toBe('seen');
    await expect(orUnseen(Promise.reject(forbidden), 'unseen')).resolves.toBe('unseen');
    await expect(orUnseen(Promise.reject(away), 'unseen')).rejects.toBe(away);
  });
});
