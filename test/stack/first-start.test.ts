import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { setupRealm } from '../../src/operate/setup/setup-realm.ts';
import { connectSystems, type Systems } from './support/kafka-redis.ts';
import { createRealm, stackEnv, type TestRealm } from './support/realm.ts';
import { startService, type TestService } from './support/service.ts';
import { until } from './support/until.ts';

const login = {
  url: stackEnv.KEYCLOAK_URL,
  user: stackEnv.KEYCLOAK_ADMIN_USER,
  password: stackEnv.KEYCLOAK_ADMIN_PASSWORD,
};

/** A realm whose registrations are announced and stored, but which nobody has set up for this service any more. */
async function realmBefore(prefix: string): Promise<TestRealm> {
  const realm = await createRealm({ prefix, clients: [{ clientId: 'staff-tool' }] });
  const [client] = await realm.admin.clients.find({ clientId: 'vestibule' });
  await realm.admin.clients.del({ id: client?.id ?? '' });
  return realm;
}

let announced: TestRealm;
let stored: TestRealm;
let systems: Systems;
let service: TestService;

beforeAll(async () => {
  systems = await connectSystems();
  [announced, stored] = await Promise.all([realmBefore('first-start'), realmBefore('first-stored')]);
  const silence = () => stored.admin.realms.update({ realm: stored.realm }, { eventsListeners: ['jboss-logging'] });
  await silence(); // Kafka hears nothing of that realm
  await announced.register('staff-tool', 'ada');
  await stored.register('staff-tool', 'ada');
  const secrets = await Promise.all([announced, stored].map(({ realm }) => setupRealm(login, realm)));
  await silence();
  for (const { admin, register } of [announced, stored]) {
    const [client] = await admin.clients.find({ clientId: 'vestibule' });
    await admin.clients.update({ id: client?.id ?? '' }, { ...client, secret: secrets[0]?.secret ?? '' });
    await register('staff-tool', 'ben');
  }
  service = await startService({
    secret: secrets[0]?.secret ?? '',
    rules: Object.fromEntries(
      [announced, stored].map(({ realm }) => [
        `${realm}.yaml`,
        `version: 1\nrealm: ${realm}\nclients: [staff-tool]\nrules:\n  - name: closed\n    then: [disable-user]\n`,
      ]),
    ),
  });
}, 120_000);

afterAll(async () => {
  await service?.dispose();
  await announced?.dispose();
  await stored?.dispose();
  await systems?.close();
});

const enabled = async (realm: TestRealm, name: string) => (await realm.userNamed(name))?.enabled;

describe('the first start', () => {
  it.each([
    ['announced in Kafka', () => announced],
    ['in the event store only', () => stored],
  ])(
    'handles who registered after the set-up, and nobody who registered before it (%s)',
    async (_, realmOf) => {
      const realm = realmOf();
      await until(
        'the second is shut out',
        () => enabled(realm, 'ben'),
        (value) => value === false,
        60_000,
      );
      await until(
        'the event store was read',
        () => systems.redis.get(`${service.settings.REDIS_PREFIX}:reconciled:${realm.realm}`),
        (position) => position !== null,
        60_000,
      );
      await until(
        'the first was looked at',
        async () => JSON.stringify(service.log),
        (log) => log.includes('registered before the realm was set up') || realm === stored,
      );
      expect(await enabled(realm, 'ada')).toBe(true);
      expect(await realm.sessionsOf((await realm.userNamed('ada'))?.id ?? '')).toBe(1);
    },
    120_000,
  );
});
