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
  readonly database: KeycloakDatabase;
  readonly port: number;
  readonly managementPort: number;
  readonly kafkaBrokers: string;
  readonly quickStart: boolean;
  /** Further options, as `--spi-…=…`. */
  readonly options?: readonly string[];
}

/** Where a Keycloak keeps its data. */
export interface KeycloakDatabase {
  /** For JDBC. */
  readonly url: string;
  readonly options?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/**
 * A file, for a stack that nobody crashes: it loses what was committed last when its Keycloak is killed.
 * @param template what a new one is copied from
 */
export async function fileDatabase(template: string, dataDir: string): Promise<KeycloakDatabase> {
  await mkdir(dataDir, { recursive: true });
  if (!existsSync(join(dataDir, databaseFile))) {
    await copyFile(template, join(dataDir, databaseFile));
  }
  return { url: databaseUrl(dataDir) };
}

/** Keycloak as in production (`start --optimized`), but over http on loopback. */
export function keycloakServer(options: KeycloakOptions): Server {
  const { home, database, port, managementPort, kafkaBrokers, quickStart, options: further = [] } = options;
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
      `--db-url=${database.url}`,
      ...(database.options ?? []),
      '--cache=local',
      '--log-level=INFO,io.smallrye.health:ERROR', // else a line for each look at whether it is ready
      ...listenerOptions(kafkaBrokers),
      ...further,
    ],
    env: {
      JAVA_OPTS_KC_HEAP: '-Xms256m -Xmx768m',
      ...database.env,
      ...(quickStart ? { JAVA_OPTS_APPEND: quickStartJava } : {}),
    },
    marker: database.url,
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
