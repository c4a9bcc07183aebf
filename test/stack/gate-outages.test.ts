import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { redirectUri } from '../../stack/realm.ts';
import { addGate } from './support/gate.ts';
import { type OwnKafka, startOwnKafka } from './support/own-kafka.ts';
import { type OwnRedis, startOwnRedis } from './support/own-redis.ts';
import { createRealm, stackEnv, type TestRealm } from './support/realm.ts';
import { startService, type TestService } from './support/service.ts';
import { until } from './support/until.ts';
import { type Arrival, Visit } from './support/visit.ts';

/** The event store is read every 30 s, up to 10 s before now; and a slow machine needs time. */
const oneTurnMs = 75_000;

let kafka: OwnKafka;
let redis: OwnRedis;
let acme: TestRealm;
let service: TestService;

const file = (client: string, then: string): string =>
  `version: 1\nrealm: ${acme.realm}\nclients: [${client}]\nhold: gate\nrules:\n  - name: ${client}\n    then: ${then}\n`;

beforeAll(async () => {
  [kafka, redis] = [await startOwnKafka(), await startOwnRedis()];
  const clients = ['readers', 'shut'].map((clientId) => ({ clientId }));
  acme = await createRealm({ prefix: 'gate-outage', clients, groups: ['/readers'] });
  await addGate(acme.admin, acme.realm, ['*']);
  service = await startService({
    secret: acme.secret,
    rules: {
      'readers.yaml': file('readers', '[{ join-group: /readers }]'),
      'shut.yaml': file('shut', '[disable-user]'),
    },
    // Keycloak's listener writes to the Kafka of the others: here, registrations come from the event store.
    env: { KAFKA_BROKERS: kafka.brokers, REDIS_URL: redis.url },
  });
}, 180_000);

afterAll(async () => {
  kafka?.thaw();
  await redis?.thaw();
  await service?.dispose();
  await acme?.dispose();
  await kafka?.stop();
  await redis?.stop();
}, 60_000);

const isIn = ({ location }: Arrival): boolean =>
  location?.href.startsWith(redirectUri) === true && location.searchParams.has('code');

/** A person in front of Keycloak's pages, with one browser. */
async function registers(clientId: string, username: string) {
  const visit = new Visit({ keycloakUrl: stackEnv.KEYCLOAK_URL, realm: acme.realm, clientId, redirectUri });
  const password = 'a-long-password';
  const arrival = await visit.send(await visit.open({ prompt: 'create' }), 'kc-register-form', {
    username,
    email: `${username}@people.test`,
    firstName: username,
    lastName: 'Test',
    password,
    'password-confirm': password,
  });
  const { id = '', requiredActions } = (await acme.userNamed(username)) ?? {};
  return {
    id,
    arrival,
    requiredActions,
    /** Looks again, as the page does by itself. */
    looks: () => visit.goTo(arrival.at),
    user: () => acme.userNamed(username),
  };
}

/** Who may and who may not: both see the page, and nobody has a session. */
async function twoWait(suffix: string) {
  const [may, mayNot] = [await registers('readers', `may-${suffix}`), await registers('shut', `may-not-${suffix}`)];
  for (const { id, arrival, requiredActions } of [may, mayNot]) {
    expect(arrival.page).toContain('data-state="vestibuleArrived"');
    expect(requiredActions).toEqual(['vestibule-pending']);
    expect(await acme.sessionsOf(id)).toBe(0);
  }
  expect(isIn(await may.looks())).toBe(false);
  return {
    /** The one arrives with the group, the other never. */
    ends: async () => {
      await until(`may-${suffix} arrives`, () => may.looks(), isIn, oneTurnMs);
      expect(await acme.groupsOf(may.id)).toEqual(['/readers']);
      await until(
        `may-not-${suffix} is shut out`,
        () => mayNot.user(),
        (user) => user?.enabled === false,
        oneTurnMs,
      );
      expect(isIn(await mayNot.looks())).toBe(false);
      expect(await acme.sessionsOf(mayNot.id)).toBe(0);
    },
  };
}

describe('the gate', () => {
  it('holds while Kafka is away, and lets in who may, from the event store, before Kafka is back', async () => {
    kafka.freeze();
    const { ends } = await twoWait('kafka');
    await ends();
    kafka.thaw();
  }, 240_000);

  it('holds while Redis is away, and lets in who may when it is back', async () => {
    await redis.freeze();
    const { ends } = await twoWait('redis');
    await redis.thaw();
    await ends();
  }, 240_000);
});
