import { connectKeycloak, type Keycloak } from '../adapters/keycloak/keycloak.ts';
import type { Login } from '../adapters/keycloak/tokens.ts';
import { KeycloakRealmProbe } from '../operate/realm-check/realm-probe.ts';
import { ServiceError } from '../platform/errors.ts';
import { secretsOf } from '../platform/secrets.ts';
import { keycloakSettings, readSettings } from '../platform/settings.ts';
import { adminPassword } from './admin-login.ts';
import type { Io } from './command.ts';

/** Keycloak for a command that reads users and events. */
export async function openKeycloak(io: Io): Promise<Keycloak> {
  return connectKeycloak({ ...(await accessOf(io)), connections: 10 });
}

export async function withKeycloak<T>(io: Io, work: (keycloak: Keycloak) => Promise<T>): Promise<T> {
  return closing(await openKeycloak(io), work);
}

export async function withRealmProbe<T>(io: Io, work: (probe: KeycloakRealmProbe) => Promise<T>): Promise<T> {
  return closing(new KeycloakRealmProbe(await accessOf(io)), work);
}

async function closing<Opened extends { close(): Promise<void> }, T>(
  opened: Opened,
  work: (opened: Opened) => Promise<T>,
): Promise<T> {
  try {
    return await work(opened);
  } finally {
    await opened.close();
  }
}

interface Access {
  readonly url: string;
  readonly loginTo: (realm: string) => Login;
  readonly timeoutMs: number;
}

/** As the administrator, if the environment names one, else as the service account with the settings of "run". */
async function accessOf(io: Io): Promise<Access> {
  const user = io.env['KEYCLOAK_ADMIN_USER'] || undefined;
  if (user === undefined) {
    const config = readSettings(io.env, keycloakSettings);
    const secretOf = secretsOf(config);
    return access(config, (realm) => ({ clientId: config.KEYCLOAK_CLIENT_ID, secret: () => secretOf(realm) }));
  }
  const config = readSettings(io.env, ['KEYCLOAK_URL', 'KEYCLOAK_TIMEOUT_MS']);
  const password = await adminPassword(io);
  if (password === undefined) {
    throw new ServiceError('CONFIG_INVALID', 'KEYCLOAK_ADMIN_USER is set, so KEYCLOAK_ADMIN_PASSWORD must be too');
  }
  return access(config, () => ({ user, password }));
}

function access(
  config: { readonly KEYCLOAK_URL: string; readonly KEYCLOAK_TIMEOUT_MS: number },
  loginTo: Access['loginTo'],
): Access {
  return { url: config.KEYCLOAK_URL.replace(/\/+$/, ''), loginTo, timeoutMs: config.KEYCLOAK_TIMEOUT_MS };
}
