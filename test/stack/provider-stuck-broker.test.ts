import { type AddressInfo, createServer, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { provisionRealm, redirectUri } from '../../stack/realm.ts';
import { type OwnKeycloak, startOwnKeycloak } from './support/own-keycloak.ts';
import { registerThroughForm } from './support/registration-form.ts';

describe('keycloak, with a broker that takes connections and never answers', () => {
  const sockets = new Set<Socket>();
  const broker = createServer((socket) => sockets.add(socket.on('error', () => undefined)));
  let keycloak: OwnKeycloak;

  beforeAll(async () => {
    await new Promise<void>((resolve) => broker.listen(0, '127.0.0.1', resolve));
    keycloak = await startOwnKeycloak(`127.0.0.1:${(broker.address() as AddressInfo).port}`);
  }, 240_000);

  afterAll(async () => {
    await keycloak?.dispose();
    sockets.forEach((socket) => socket.destroy());
    broker.close();
  }, 60_000);

  // The bound is the test's own time: a listener that sends by itself would hold each of them for a minute.
  it('starts, takes every registration, and at its end names the events that nobody got', async () => {
    const realm = 'stuck';
    const { admin } = await provisionRealm(keycloak.env, { realm, clients: [{ clientId: 'shop' }] });
    for (const username of ['ann', 'bea', 'cleo']) {
      const { outcome } = await registerThroughForm({
        keycloakUrl: keycloak.env.KEYCLOAK_URL,
        realm,
        clientId: 'shop',
        redirectUri,
        username,
        email: `${username}@example.test`,
        firstName: 'Mia',
        lastName: 'Meyer',
        password: 'correct horse',
      });
      expect(outcome).toBe('code');
    }
    const users = await admin.users.find();

    await keycloak.end();

    const lines = (await keycloak.log()).split('\n').filter((line) => line.includes('Event not sent to Kafka'));
    const named = lines.map((line) => /type=REGISTER realm=stuck client=shop user=([^:]+):/.exec(line)?.[1]);
    expect(named).toHaveLength(3);
    expect(new Set(named)).toEqual(new Set(users.map(({ id }) => id)));
    expect(lines.join('\n')).not.toContain('@example.test');
  }, 50_000);
});
