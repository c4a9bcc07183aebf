import { copyFile, mkdir } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

import {
  databaseFile,
  databaseUrl,
  keycloakAdmin,
  listenerOptions,
  quickStartJava,
} from '../distributions/keycloak.ts';
import type { Server } from './server.ts';

interface KeycloakOptions {
  readonly home: string;
  /** What a new stack's database is copied from. */
  readonly database: string;
  readonly dataDir: string;
  readonly port: number;
  readonly managementPort: number;
  readonly kafkaBrokers: string;
  readonly quickStart: boolean;
}

/** Keycloak as in production (`start --optimized`), but over http on loopback and with a file database. */
export async function keycloakServer(options: KeycloakOptions): Promise<Server> {
  const { home, database, dataDir, port, managementPort, kafkaBrokers, quickStart } = options;
  await mkdir(dataDir, { recursive: true });
  if (!existsSync(join(dataDir, databaseFile))) {
    await copyFile(database, join(dataDir, databaseFile));
  }
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
      `--db-url=${databaseUrl(dataDir)}`,
      '--cache=local',
      '--log-level=INFO,io.smallrye.health:ERROR', // else a line for each look at whether it is ready
      ...listenerOptions(kafkaBrokers),
    ],
    env: {
      JAVA_OPTS_KC_HEAP: '-Xms256m -Xmx768m',
      ...(quickStart ? { JAVA_OPTS_APPEND: quickStartJava } : {}),
    },
    marker: databaseUrl(dataDir),
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
