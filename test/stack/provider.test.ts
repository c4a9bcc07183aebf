import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Consumer } from 'kafkajs';

import { createKafka } from '../../src/adapters/kafka/client.ts';
import { createLog } from '../../src/platform/log.ts';
import { isSigned, signatureHeader } from '../../src/ingest/signature.ts';
import { redirectUri } from '../../stack/realm.ts';
import { untilMarks } from '../../src/rules/steps/gate.ts';
import { providerInfo } from './support/door.ts';
import { addGate } from './support/gate.ts';
import { createRealm, stackEnv, type TestRealm } from './support/realm.ts';
import { exchangeCode, loginThroughForm } from './support/registration-form.ts';
import { until } from './support/until.ts';
import { actionOf, Visit } from './support/visit.ts';

interface Announced {
  readonly key: string | undefined;
  readonly signed: boolean;
  readonly event: { type: string; realmName: string; clientId: string; userId: string; details: { email?: string } };
}

const held = 'partner-portal';
const open = 'shop';
const password = 'correct horse';

describe('keycloak', () => {
  let realm: TestRealm;
  let consumer: Consumer;
  const announced: Announced[] = [];

  const registrations = () => announced.filter(({ event }) => event.type === 'REGISTER');
  const to = (clientId: string) => ({ keycloakUrl: stackEnv.KEYCLOAK_URL, realm: realm.realm, clientId, redirectUri });
  const logIn = (clientId: string, username: string, query = {}) =>
    loginThroughForm({ ...to(clientId), username, password, query });
  const passwordGrant = async (username: string) => {
    const response = await fetch(`${stackEnv.KEYCLOAK_URL}/realms/${realm.realm}/protocol/openid-connect/token`, {
      method: 'POST',
      body: new URLSearchParams({ grant_type: 'password', client_id: held, username, password }),
    });
    return (await response.json()) as { error_description?: string };
  };
  const personOf = (username: string) => ({
    username,
    email: `${username}@example.test`,
    firstName: username,
    lastName: 'Test',
    password,
    'password-confirm': password,
  });
  const release = async (username: string) => {
    const user = await realm.userNamed(username);
    await realm.admin.users.update({ id: user?.id ?? '' }, { requiredActions: [] });
  };

  beforeAll(async () => {
    realm = await createRealm({
      prefix: 'provider',
      clients: [{ clientId: held, name: 'Partners <b>& friends</b>' }, { clientId: open }],
    });
    await addGate(realm.admin, realm.realm, ['partner-*']);
    const kafka = createKafka({ brokers: stackEnv.KAFKA_BROKERS.split(',') }, createLog('fatal', process.stderr));
    consumer = kafka.consumer({ groupId: `provider-${randomUUID()}`, maxWaitTimeInMs: 50 });
    await consumer.connect();
    await consumer.subscribe({ topic: 'keycloak.events', fromBeginning: true });
    await consumer.run({
      eachMessage: async ({ message: { key, value, headers } }) => {
        const event = JSON.parse(String(value)) as Announced['event'];
        if (event.realmName === realm.realm) {
          const signature = headers?.[signatureHeader]?.toString();
          const record = { topic: 'keycloak.events', key, value: value ?? '' };
          const signed = isSigned(record, signature, [stackEnv.EVENT_SIGNING_KEY]);
          announced.push({ key: key?.toString(), signed, event });
        }
      },
    });
  }, 120_000);

  afterAll(async () => {
    await consumer?.disconnect();
    await realm?.dispose();
  });

  describe('the listener', () => {
    it('announces a registration, keyed by the user, with the name of the realm', async () => {
      const { outcome } = await realm.register(open, 'ann');
      const user = await realm.userNamed('ann');

      expect(outcome).toBe('code');
      const [found] = await until('the event', registrations, ({ length }) => length > 0);
      expect(found).toMatchObject({
        key: user?.id,
        signed: true,
        event: { userId: user?.id, clientId: open, realmName: realm.realm, details: { email: 'ann@example.test' } },
      });
    }, 60_000);

    it('says what the client is called', async () => {
      await realm.register(held, 'nora');
      await realm.register(open, 'nils');
      const of = (username: string) =>
        registrations().find(({ event }) => event.details.email === `${username}@example.test`)?.event.details;
      await until(
        'both events',
        () => [of('nora'), of('nils')],
        (both) => both.every((details) => details !== undefined),
      );

      expect(of('nora')).toMatchObject({ vestibule_client_name: 'Partners <b>& friends</b>' });
      expect(of('nils')).toMatchObject({ vestibule_client_name: open });
    }, 60_000);

    it('announces nothing of a registration that is rolled back', async () => {
      // Both pass the form's check for a free address; the database lets only one commit, long after the event was raised.
      const race = async (round: number) => {
        const email = `race-${round}@example.test`;
        const forms = await Promise.allSettled(
          [1, 2, 3, 4].map((n) => realm.register(open, `racer-${round}-${n}`, email)),
        );
        return forms.filter((form) => form.status === 'fulfilled' && form.value.outcome === 'error').length;
      };
      let round = 0;
      await until(
        'a rolled-back registration',
        () => race((round += 1)),
        (rolledBack) => rolledBack > 0,
        60_000,
      );
      await realm.register(open, 'after-the-race');

      const events = await until('the last event', registrations, (all) =>
        all.some(({ event }) => event.details.email === 'after-the-race@example.test'),
      );
      const racing = (email: string | undefined) => email?.startsWith('race-') ?? false;
      const users = (await realm.admin.users.find({ max: 1_000 })).filter(({ email }) => racing(email));
      const keys = events.filter(({ event }) => racing(event.details.email)).map(({ key }) => key);
      expect(users).toHaveLength(round);
      expect(keys).toHaveLength(round);
      expect(new Set(keys)).toEqual(new Set(users.map(({ id }) => id)));
    }, 120_000);
  });

  describe('the gate', () => {
    it('issues no code, no session and no token to who registers for a client that holds', async () => {
      const { outcome, page } = await realm.register(held, 'bea');

      expect(outcome).toBe('page');
      expect(page).toContain('Almost there');
      expect(page).toContain('bea@example.test');
      expect(page).toContain('Partners &lt;b&gt;&amp; friends&lt;/b&gt;');
      expect(await passwordGrant('bea')).toMatchObject({ error_description: 'Account is not fully set up' });
      const user = await realm.userNamed('bea');
      expect(user?.requiredActions).toEqual(['vestibule-pending']);
      expect(await realm.sessionsOf(user?.id ?? '')).toBe(0);
    }, 60_000);

    it.each([
      ['code', {}],
      ['token', { response_type: 'id_token token', nonce: 'n' }],
    ])(
      'issues no %s either to who answers a consent page that was never shown',
      async (_, query: Readonly<Record<string, string>>) => {
        const [client] = await realm.admin.clients.find({ clientId: held });
        await realm.admin.clients.update({ id: client?.id ?? '' }, { clientId: held, implicitFlowEnabled: true });
        const username = `goes-round-${Object.keys(query).length}`;
        const visit = new Visit(to(held));
        const form = await visit.open({ prompt: 'create', ...query });
        const page = await visit.send(form, 'kc-register-form', personOf(username));
        const consent = actionOf(page);
        consent.pathname = consent.pathname.replace(/[^/]*$/, 'consent');
        consent.searchParams.delete('session_code');
        consent.searchParams.delete('execution');

        const answer = await visit.post(consent, { accept: 'Yes' });

        expect([answer.status, answer.at.pathname]).toEqual([403, consent.pathname]);
        const user = await realm.userNamed(username);
        expect(user?.requiredActions).toEqual(['vestibule-pending']);
        expect(await realm.sessionsOf(user?.id ?? '')).toBe(0);
        const again = await visit.open({}, open);
        expect(again.at.href.startsWith(redirectUri)).toBe(false); // nor does another application let the person in
        const info = await providerInfo(stackEnv, 'eventsListener', 'vestibule-login-guard');
        expect(Number(info['logins stopped that went round the gate'])).toBeGreaterThan(0);
      },
      60_000,
    );

    it('speaks the language of the person', async () => {
      const { page } = await realm.register(held, 'dea', 'dea@example.test', 'de');

      expect(page).toContain('Fast geschafft');
      expect(page).toContain('schließen');
    }, 60_000);

    it.each([
      ['vestibule-waiting', 'Almost there: the people', 'have been asked whether to give you access', true],
      ['vestibule-refused', 'Registration not accepted', 'was not accepted, so you cannot log in', false],
      ['vestibule-expired', 'Not decided in time', 'Nobody decided about your request', false],
      ['vestibule-withdrawn', 'Request withdrawn', 'You withdrew your request', false],
    ])(
      'says how things stand: %s',
      async (mark, title, text, open) => {
        const username = `${mark}-reader`;
        await realm.register(held, username);
        const user = await realm.userNamed(username);
        await realm.admin.users.update({ id: user?.id ?? '' }, { requiredActions: ['vestibule-pending', mark] });

        const { outcome, page } = await logIn(held, username);

        expect(outcome).toBe('page');
        expect(page).toContain(title);
        expect(page).toContain(text);
        expect(page.includes('vestibule-look-again')).toBe(open);
        expect(await passwordGrant(username)).toMatchObject({ error_description: 'Account is not fully set up' });
      },
      60_000,
    );

    it('asks for the address where that is what is missing', async () => {
      await realm.register(held, 'vera');
      const user = await realm.userNamed('vera');
      const requiredActions = ['vestibule-pending', 'vestibule-waiting', 'VERIFY_EMAIL'];
      await realm.admin.users.update({ id: user?.id ?? '' }, { requiredActions });
      const flows = realm.admin.authenticationManagement;
      const verify = await flows.getRequiredActionForAlias({ alias: 'VERIFY_EMAIL' });
      const gate = await flows.getRequiredActionForAlias({ alias: 'vestibule-pending' });
      await flows.updateRequiredAction({ alias: 'vestibule-pending' }, { ...gate, priority: 1 });
      try {
        const { page } = await logIn(held, 'vera');
        expect(page).toContain('Please confirm your address first');
        expect(page).toContain('You confirm your address, and the people in charge decide');
      } finally {
        await flows.updateRequiredAction({ alias: 'vestibule-pending' }, { ...gate });
        await flows.updateRequiredAction({ alias: 'VERIFY_EMAIL' }, { ...verify });
      }
    }, 60_000);

    it('says since when the person waits, and by when it is decided', async () => {
      await realm.register(held, 'tina');
      const user = await realm.userNamed('tina');
      const marks = untilMarks({ createdAt: 0, until: 7 * 24 * 3_600_000 });
      const requiredActions = ['vestibule-pending', 'vestibule-waiting', ...marks];
      await realm.admin.users.update({ id: user?.id ?? '' }, { requiredActions });
      expect((await realm.userNamed('tina'))?.requiredActions?.toSorted()).toEqual(requiredActions.toSorted());

      const { page } = await logIn(held, 'tina');

      const since = user?.createdTimestamp ?? 0;
      const times = [...page.matchAll(/<time datetime="([^"]+)">([^<]+)</g)].map(([, iso, text]) => ({ iso, text }));
      expect(times.map(({ iso }) => Date.parse(iso ?? ''))).toEqual([since, since + 7 * 24 * 3_600_000]);
      expect(times.every(({ text }) => text?.endsWith(' UTC'))).toBe(true);
      expect(page).toContain('<title>Almost there: the people in charge decide – Partners &lt;b&gt;');
    }, 60_000);

    it('keeps no required action that no provider knows, which is why marks add up to a time', async () => {
      await realm.register(held, 'otto');
      const user = await realm.userNamed('otto');
      const requiredActions = ['vestibule-pending', 'vestibule-until-1795479557'];
      await realm.admin.users.update({ id: user?.id ?? '' }, { requiredActions });

      expect((await realm.userNamed('otto'))?.requiredActions).toEqual(['vestibule-pending']);
    }, 60_000);

    it('holds nobody by a mark alone', async () => {
      await realm.register(held, 'mark');
      const user = await realm.userNamed('mark');
      await realm.admin.users.update(
        { id: user?.id ?? '' },
        { requiredActions: ['vestibule-refused', 'vestibule-until-8'] },
      );

      expect((await logIn(held, 'mark')).outcome).toBe('code');
    }, 60_000);

    it('lets in who was let in, with the account untouched', async () => {
      await realm.register(held, 'cleo');
      expect((await logIn(held, 'cleo')).outcome).toBe('page');

      await release('cleo');

      const { outcome, code } = await logIn(held, 'cleo');
      expect(outcome).toBe('code');
      expect(await exchangeCode(to(held), code ?? '')).toHaveProperty('access_token');
      expect(await realm.userNamed('cleo')).toMatchObject({ email: 'cleo@example.test', firstName: 'Mia' });
    }, 60_000);

    it('holds at every other client too', async () => {
      await realm.register(held, 'dora');

      expect((await logIn(open, 'dora')).outcome).toBe('page');
    }, 60_000);

    it.each([
      ['vestibule-pending', 'eve'],
      ['vestibule-refused', 'evan'],
    ])(
      'cannot be passed by asking for %s, as Keycloak passes over other actions',
      async (action, username) => {
        await realm.register(held, username);

        const { outcome, page } = await logIn(held, username, { kc_action: action });

        expect(outcome).toBe('page');
        expect(page).toContain('vestibule-pending');
        expect((await realm.userNamed(username))?.requiredActions).toEqual(['vestibule-pending']);
      },
      60_000,
    );

    it('leaves who registers for another client alone', async () => {
      expect((await realm.register(open, 'fay')).outcome).toBe('code');
    }, 60_000);

    it('takes no registration while the realm would not heed the hold', async () => {
      const flows = realm.admin.authenticationManagement;
      const action = await flows.getRequiredActionForAlias({ alias: 'vestibule-pending' });
      await flows.updateRequiredAction({ alias: 'vestibule-pending' }, { ...action, enabled: false });
      try {
        const { outcome, page } = await realm.register(held, 'gil');

        expect(outcome).toBe('page');
        expect(page).toContain('Registration is not possible at the moment');
        expect(await realm.userNamed('gil')).toBeUndefined();
      } finally {
        await flows.updateRequiredAction({ alias: 'vestibule-pending' }, { ...action, enabled: true });
      }
    }, 60_000);
  });
});
