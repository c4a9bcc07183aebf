import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';

import type { Server } from './server.ts';

export const keycloakAdmin = { user: 'admin', password: 'admin' } as const;

interface KeycloakOptions {
  readonly home: string;
  readonly dataDir: string;
  readonly port: number;
  readonly managementPort: number;
  readonly kafkaBrokers: string;
}

/** Keycloak as in production (`start --optimized`), but over http on loopback and with a file database. */
export async function keycloakServer({
  home,
  dataDir,
  port,
  managementPort,
  kafkaBrokers,
}: KeycloakOptions): Promise<Server> {
  await mkdir(dataDir, { recursive: true });
  const url = `http://127.0.0.1:${port}`;
  return {
    name: 'Keycloak',
    command: join(home, 'bin', 'kc.sh'),
    args: [
      'start',
      '--optimized',
      '--http-enabled=true',
      '--http-host=127.0.0.1',
      `--http-port=${port}`,
      `--http-management-port=${managementPort}`,
      `--hostname=${url}`,
      `--db-url=jdbc:h2:file:${dataDir}/keycloak;NON_KEYWORDS=VALUE;DB_CLOSE_ON_EXIT=FALSE`,
      '--cache=local',
      `--spi-events-listener--vestibule--bootstrap-servers=${kafkaBrokers}`,
      '--spi-events-listener--vestibule--topic=keycloak.events',
    ],
    env: {
      KC_BOOTSTRAP_ADMIN_USERNAME: keycloakAdmin.user,
      KC_BOOTSTRAP_ADMIN_PASSWORD: keycloakAdmin.password,
      JAVA_OPTS_KC_HEAP: '-Xms256m -Xmx768m',
    },
    timeoutMs: 180_000,
    async check() {
      // While it boots it answers 503, or a page that says "Bootstrap in progress"; only a token proves the database.
      await expectOk(fetch(`http://127.0.0.1:${managementPort}/health/ready`, { signal: AbortSignal.timeout(2_000) }));
      const body = new URLSearchParams({
        grant_type: 'password',
        client_id: 'admin-cli',
        username: keycloakAdmin.user,
        password: keycloakAdmin.password,
      });
      await expectOk(
        fetch(`${url}/realms/master/protocol/openid-connect/token`, {
          method: 'POST',
          body,
          signal: AbortSignal.timeout(10_000),
        }),
      );
    },
  };
}

async function expectOk(answer: Promise<Response>): Promise<void> {
  const { ok, status, url } = await answer;
  if (!ok) {
    throw new Error(`${url} answers ${status}`);
  }
}
