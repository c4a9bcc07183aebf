import type { Registration } from '../../src/ingest/registration.ts';
import type { StepContext } from '../../src/rules/steps/effects.ts';

export const registeredAt = Date.parse('2026-11-24T10:00:00Z');

/** Mia, who registered through the form for the partner portal. */
export const mia: Registration = {
  eventId: 'bce3463e-13d0-403a-b2c3-67d73239fd4a',
  time: registeredAt,
  realm: 'acme',
  clientId: 'partner-portal',
  userId: 'de2a9363-1d67-4ac1-ac73-5ce556f0bec9',
  ip: '192.0.2.7',
  source: 'form',
  username: 'mia',
  email: 'mia@example.test',
  firstName: 'Mia',
  lastName: 'Meyer',
  locale: 'de',
};

export const context: StepContext = {
  registration: mia,
  person: { address: 'mia@example.test', locale: 'de' },
  accountWasEnabled: true,
  application: 'Partner Portal',
  rule: { file: 'portal.yaml', line: 4, rule: 'the desk decides' },
  version: 'v1',
  key: `${mia.eventId}/0`,
};

/** An event store that has no registration. */
export const emptyStore = { registration: () => Promise.resolve(null) };
