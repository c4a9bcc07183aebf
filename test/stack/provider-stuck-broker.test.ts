import type { ChildProcess } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { keycloakAdmin, keycloakDatabase, keycloakHome } from '../../stack/distributions/keycloak.ts';
import { providerJars } from '../../stack/distributions/provider.ts';
import { launch, untilReady } from '../../stack/launch.ts';
import { choosePorts } from '../../stack/ports.ts';
import { provisionRealm, redirectUri } from '../../stack/realm.ts';
import { fileDatabase, keycloakServer } from '../../stack/servers/keycloak.ts';
import { stopGroup } from '../../stack/stop-group.mjs';
import { registerThroughForm } from './support/registration-form.ts';

const quiet = () => undefined;

describe('keycloak, with a broker that takes connections and never answers', () => {
  const sockets = new Set<Socket>();
  const broker = createServer((socket) => sockets.add(socket.on('error', quiet)));
  let dir: string;
  let log: string;
  let keycloakUrl: string;
  let keycloak: ChildProcess | undefined;

  beforeAll(async () => {
    await new Promise<void>((resolve) => broker.listen(0, '127.0.0.1', resolve));
    dir = await mkdtemp(join(tmpdir(), 'vestibule-stuck-'));
    log = join(dir, 'keycloak.log');
    const ports = await choosePorts(false);
    const home = await keycloakHome(await providerJars(quiet), quiet);
    const server = keycloakServer({
      home,
      database: await fileDatabase(await keycloakDatabase(home, quiet), join(dir, 'data')),
      port: ports.keycloak,
      managementPort: ports.keycloakManagement,
      kafkaBrokers: `127.0.0.1:${(broker.address() as AddressInfo).port}`,
      quickStart: true,
    });
    keycloakUrl = `http://127.0.0.1:${ports.keycloak}`;
    keycloak = await launch(server, log, false);
    await untilReady(server, keycloak, log, new AbortController().signal);
  }, 240_000);

  const stop = async () => {
    if (keycloak?.pid !== undefined) {
      await stopGroup(keycloak.pid, 30_000);
    }
  };

  afterAll(async () => {
    await stop();
    sockets.forEach((socket) => socket.destroy());
    broker.close();
    await rm(dir, { recursive: true, force: true });
  }, 60_000);

  // The bound is the test's own time: a listener that sends by itself would hold each of them for a minute.
  it('starts, takes every registration, and at its end names the events that nobody got', async () => {
    const realm = 'stuck';
    const { admin } = await provisionRealm(
      {
        KEYCLOAK_URL: keycloakUrl,
        KEYCLOAK_ADMIN_USER: keycloakAdmin.user,
        KEYCLOAK_ADMIN_PASSWORD: keycloakAdmin.password,
      },
      { realm, clients: [{ clientId: 'shop' }] },
    );
    for (const username of ['ann', 'bea', 'cleo']) {
      const { outcome } = await registerThroughForm({
        keycloakUrl,
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

    await stop();

    const lines = (await readFile(log, 'utf8')).split('\n').filter((line) => line.includes('Event not sent to Kafka'));
    const named = lines.map((line) => /type=REGISTER realm=stuck client=shop user=([^:]+):/.exec(line)?.[1]);
    expect(named).toHaveLength(3);
    expect(new Set(named)).toEqual(new Set(users.map(({ id }) => id)));
    expect(lines.join('\n')).not.toContain('@example.test');
  }, 50_000);
});
