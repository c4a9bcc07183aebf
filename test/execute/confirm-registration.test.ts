import { describe, expect, it } from '@jest/globals';

import type { Refusal } from '../../src/execute/protected-users.ts';
import { ServiceError } from '../../src/platform/errors.ts';
import type { Registration, UserRef } from '../../src/ingest/registration.ts';
import type { RuleBook } from '../../src/rules/model.ts';
import { createConfirmations } from '../../workers/confirmations.ts';
import { FakeAudit } from '../fakes/audit.ts';
import { fakeJob } from '../fakes/jobs.ts';
import { mia, registeredAt } from '../fakes/registrations.ts';

function setup({
  stored = null,
  keeps = true,
  realms = ['acme'],
  now = registeredAt + 100,
  storeError = null,
  setUpAt = 0,
}: {
  stored?: Registration | null;
  keeps?: boolean;
  realms?: string[];
  now?: number;
  storeError?: ServiceError | null;
  setUpAt?: number;
} = {}) {
  const admitted: Registration[] = [];
  const refusals: (Refusal & UserRef)[] = [];
  let looks = 0;
  const audit = new FakeAudit();
  const book: RuleBook = {
    version: 'v',
    files: [{ file: 'a.yaml', realms, clients: ['partner-portal'], application: null, hold: null, rules: [] }],
  };
  const confirm = createConfirmations({
    rules: () => book,
    store: {
      registration: async () => {
        looks++;
        if (storeError !== null) {
          throw storeError;
        }
        return stored;
      },
      kept: async () => ({ registrations: keeps }),
    },
    onConfirmed: async (registration) => void admitted.push(registration),
    report: ({ realm, userId }, refusal) => void refusals.push({ realm, userId, ...refusal }),
    audit,
    setUpAt: async () => setUpAt,
    now: () => now,
  });
  const { eventId, time, realm, clientId, userId } = mia;
  const run = (claimed: Partial<Registration> = {}) =>
    confirm(fakeJob<'confirmations'>({ eventId, time, realm, clientId, userId, ...claimed }));
  return { run, admitted, refusals, audit, looks: () => looks };
}

describe('src/execute/confirm-registration', () => {
  it('goes on with what the event store has, not with what the record says', async () => {
    const { run, admitted } = setup({ stored: mia });
    expect(await run({ clientId: 'another-client' })).toBe('confirmed');
    expect(admitted).toEqual([mia]);
  });

  it('has in the audit, and reports as no refusal, what came before the realm was set up: no event store can know it', async () => {
    const { run, audit, refusals } = setup({ setUpAt: registeredAt + 1 });
    expect(await run()).toBe('before-set-up');
    expect(audit.kinds).toEqual(['skipped']);
    expect(refusals).toEqual([]);
  });

  it('looks again at a young record: its announcement can be ahead of the commit', async () => {
    const { run, audit } = setup({ now: registeredAt + 59_000 });
    await expect(run()).rejects.toMatchObject({ code: 'EVENT_UNCONFIRMED', retryable: true });
    expect(audit.entries).toEqual([]);
  });

  it.each([
    ['older than a minute', registeredAt + 60_000],
    ['dated in the future', registeredAt - 60_000],
  ])('refuses a record that is %s and that the store does not know', async (_what, now) => {
    const { run, admitted, refusals, audit } = setup({ now });
    expect(await run()).toBe('unconfirmed');
    expect(admitted).toEqual([]);
    expect(refusals).toMatchObject([
      { realm: 'acme', userId: mia.userId, guard: 'unconfirmed', remedy: expect.stringContaining('events topic') },
    ]);
    expect(audit.entries).toMatchObject([{ kind: 'skipped', because: expect.stringContaining('does not know') }]);
  });

  it('says at once that nothing can be confirmed where the realm keeps no registrations', async () => {
    const { run, refusals, audit } = setup({ keeps: false });
    expect(await run()).toBe('unconfirmable');
    expect(refusals).toMatchObject([{ guard: 'unconfirmable', remedy: expect.stringContaining('EVENT_SIGNING_KEY') }]);
    expect(audit.entries).toMatchObject([{ kind: 'skipped', eventId: mia.eventId }]);
  });

  it('asks Keycloak nothing about a realm that no rule names', async () => {
    const { run, looks } = setup({ realms: ['acme', 'other-*'] });
    expect(await run({ realm: 'made-up' })).toBe('no-rule');
    expect(looks()).toBe(0);
    await expect(run({ realm: 'other-one' })).rejects.toMatchObject({ code: 'EVENT_UNCONFIRMED' });
  });

  it('leaves no failed job behind where a pattern fits a realm that somebody made up', async () => {
    const { run, audit, refusals } = setup({
      realms: ['*'],
      storeError: new ServiceError('REALM_UNKNOWN', 'Keycloak has no such realm'),
    });
    expect(await run({ realm: 'made-up' })).toBe('no-realm');
    expect([audit.entries, refusals]).toEqual([[], []]);
  });

  it('fails where Keycloak cannot be asked: the registration is looked for again', async () => {
    const storeError = new ServiceError('KEYCLOAK_UNAVAILABLE', 'away');
    const { run, audit } = setup({ storeError });
    await expect(run()).rejects.toBe(storeError);
    expect(audit.entries).toEqual([]);
  });
});
