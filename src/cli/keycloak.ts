import { createKeycloak, type Keycloak } from '../adapters/keycloak/keycloak.ts';
import { keycloakSettings, readSettings } from '../platform/settings.ts';
import { secretsOf } from '../platform/secrets.ts';
import type { Io } from './command.ts';

/** Keycloak as the service sees it, with the settings of `run` that are about Keycloak. */
export function openKeycloak({ env }: Io): Keycloak {
  const config = readSettings(env, keycloakSettings);
  return createKeycloak({
    url: config.KEYCLOAK_URL.replace(/\/+$/, ''),
    clientId: config.KEYCLOAK_CLIENT_ID,
    secretOf: secretsOf(config),
    timeoutMs: config.KEYCLOAK_TIMEOUT_MS,
    connections: 10,
  });
}

export async function withKeycloak<T>(io: Io, work: (keycloak: Keycloak) => Promise<T>): Promise<T> {
  const keycloak = openKeycloak(io);
  try {
    return await work(keycloak);
  } finally {
    await keycloak.close();
  }
}
