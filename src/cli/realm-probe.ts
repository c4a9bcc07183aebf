import { KeycloakRealmProbe } from '../operate/realm-check/realm-probe.ts';
import { keycloakSettings, readSettings } from '../platform/settings.ts';
import { ServiceError } from '../platform/errors.ts';
import { secretsOf } from '../platform/secrets.ts';
import { adminPassword } from './admin-login.ts';
import type { Io } from './command.ts';

/** Looks as the administrator where the environment names one, else as the service account. */
export async function withRealmProbe<T>(io: Io, work: (probe: KeycloakRealmProbe) => Promise<T>): Promise<T> {
  const probe = await probeOf(io);
  try {
    return await work(probe);
  } finally {
    await probe.close();
  }
}

async function probeOf(io: Io): Promise<KeycloakRealmProbe> {
  const user = io.env['KEYCLOAK_ADMIN_USER'] || undefined;
  if (user === undefined) {
    const config = readSettings(io.env, keycloakSettings);
    const secretOf = secretsOf(config);
    return new KeycloakRealmProbe({
      url: withoutSlash(config.KEYCLOAK_URL),
      loginTo: (realm) => ({ clientId: config.KEYCLOAK_CLIENT_ID, secret: () => secretOf(realm) }),
      timeoutMs: config.KEYCLOAK_TIMEOUT_MS,
    });
  }
  const config = readSettings(io.env, ['KEYCLOAK_URL', 'KEYCLOAK_TIMEOUT_MS']);
  const password = await adminPassword(io);
  if (password === undefined) {
    throw new ServiceError('CONFIG_INVALID', 'KEYCLOAK_ADMIN_USER is set, so KEYCLOAK_ADMIN_PASSWORD must be too');
  }
  return new KeycloakRealmProbe({
    url: withoutSlash(config.KEYCLOAK_URL),
    loginTo: () => ({ user, password }),
    timeoutMs: config.KEYCLOAK_TIMEOUT_MS,
  });
}

function withoutSlash(url: string): string {
  return url.replace(/\/+$/, '');
}
