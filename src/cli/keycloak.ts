import { createKeycloak, type Keycloak } from '../adapters/keycloak/keycloak.ts';
import { keycloakSettings, readSettings } from '../config.ts';
import { secretsOf } from '../secrets.ts';
import type { Io } from './command.ts';

/** Keycloak as the service sees it, with the settings of `run` that are about Keycloak. */
export async function withKeycloak<T>({ env }: Io, work: (keycloak: Keycloak) => Promise<T>): Promise<T> {
  const config = readSettings(env, keycloakSettings);
  const keycloak = createKeycloak({
    url: config.KEYCLOAK_URL.replace(/\/+$/, ''),
    clientId: config.KEYCLOAK_CLIENT_ID,
    secretOf: secretsOf(config),
    timeoutMs: config.KEYCLOAK_TIMEOUT_MS,
    connections: 10,
  });
  try {
    return await work(keycloak);
  } finally {
    await keycloak.close();
  }
}
