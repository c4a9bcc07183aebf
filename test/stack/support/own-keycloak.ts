import type { ChildProcess } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { keycloakAdmin, keycloakDatabase, keycloakHome } from '../../../stack/distributions/keycloak.ts';
import { providerJars } from '../../../stack/distributions/provider.ts';
import { launch, untilReady } from '../../../stack/launch.ts';
import { choosePorts } from '../../../stack/ports.ts';
import type { KeycloakAdminEnv } from '../../../stack/realm.ts';
import { fileDatabase, keycloakServer } from '../../../stack/servers/keycloak.ts';
import { stopGroup } from '../../../stack/stop-group.mjs';

const quiet = () => undefined;

/**
 * A Keycloak of a test file's own, with options that the one all share does not have.
 * @param options full names and values, as `--spi-…=…`; the last of one name counts
 */
export async function startOwnKeycloak(kafkaBrokers: string, options: readonly string[] = []) {
  const dir = await mkdtemp(join(tmpdir(), 'vestibule-keycloak-'));
  const log = join(dir, 'keycloak.log');
  const ports = await choosePorts(false);
  const home = await keycloakHome(await providerJars(quiet), quiet);
  const server = keycloakServer({
    home,
    database: await fileDatabase(await keycloakDatabase(home, quiet), join(dir, 'data')),
    port: ports.keycloak,
    managementPort: ports.keycloakManagement,
    kafkaBrokers,
    quickStart: true,
    options,
  });
  let keycloak: ChildProcess | undefined;
  const end = async () => {
    if (keycloak?.pid !== undefined) {
      await stopGroup(keycloak.pid, 30_000);
    }
  };
  const dispose = async () => {
    await end();
    await rm(dir, { recursive: true, force: true });
  };
  const start = async () => {
    keycloak = await launch(server, log, false);
    await untilReady(server, keycloak, log, new AbortController().signal);
  };
  try {
    await start();
  } catch (error) {
    await dispose();
    throw error;
  }
  const env: KeycloakAdminEnv = {
    KEYCLOAK_URL: `http://127.0.0.1:${ports.keycloak}`,
    KEYCLOAK_ADMIN_USER: keycloakAdmin.user,
    KEYCLOAK_ADMIN_PASSWORD: keycloakAdmin.password,
  };
  return {
    env,
    log: () => readFile(log, 'utf8'),
    /** Ends the process; its log stays. */
    end,
    /** After its end: with what it stored, and a log of its own. */
    start,
    dispose,
  };
}

export type OwnKeycloak = Awaited<ReturnType<typeof startOwnKeycloak>>;
