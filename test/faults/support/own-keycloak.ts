import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { keycloakAdmin, keycloakHome } from '../../../stack/distributions/keycloak.ts';
import { providerJars } from '../../../stack/distributions/provider.ts';
import { choosePorts, freePort } from '../../../stack/ports.ts';
import { keycloakServer } from '../../../stack/servers/keycloak.ts';
import { type PostgresPrograms, postgresServer, postgresUrl, postgresUser } from '../../../stack/servers/postgres.ts';
import { stackEnv } from '../../stack/support/realm.ts';
import { Breakable } from './breakable.ts';

const silent = (): void => undefined;

/** A Keycloak that keeps what it committed when it is killed, unlike the one of the stack. */
export interface OwnKeycloak {
  readonly keycloak: Breakable;
  readonly postgres: Breakable;
  dispose(): Promise<void>;
}

/** Starts one on PostgreSQL, and puts its address where the tests' own tools read it, until it is disposed of. */
export async function startOwnKeycloak(programs: PostgresPrograms): Promise<OwnKeycloak> {
  const dir = await mkdtemp(join(tmpdir(), 'vestibule-keycloak-'));
  const usual = stackEnv.KEYCLOAK_URL;
  const started: Breakable[] = [];
  const dispose = async (): Promise<void> => {
    process.env['KEYCLOAK_URL'] = usual;
    for (const server of started.toReversed()) {
      await server.stop();
    }
    await rm(dir, { recursive: true, force: true });
  };
  try {
    const port = await freePort();
    const log = (name: string): string => join(tmpdir(), `${name}-${process.pid}.log`);
    const postgres = await Breakable.start(() => postgresServer(programs, port, dir), log('postgres'));
    started.push(postgres);
    const keycloak = await Breakable.start(await onPostgres(port), log('keycloak'));
    started.push(keycloak);
    return { keycloak, postgres, dispose };
  } catch (error) {
    await dispose();
    throw error;
  }
}

/** The same ports at each start: the service and the people find it again. */
async function onPostgres(postgresPort: number): Promise<Parameters<typeof Breakable.start>[0]> {
  const ports = await choosePorts(false);
  const home = await keycloakHome(await providerJars(silent), silent, 'postgres');
  process.env['KEYCLOAK_URL'] = `http://127.0.0.1:${ports.keycloak}`;
  const database = {
    url: postgresUrl(postgresPort),
    options: [`--db-username=${postgresUser}`, '--db-password=none'],
    env: { KC_BOOTSTRAP_ADMIN_USERNAME: keycloakAdmin.user, KC_BOOTSTRAP_ADMIN_PASSWORD: keycloakAdmin.password },
  };
  return async () =>
    keycloakServer({
      home,
      database,
      port: ports.keycloak,
      managementPort: ports.keycloakManagement,
      kafkaBrokers: stackEnv.KAFKA_BROKERS,
      quickStart: true,
    });
}
