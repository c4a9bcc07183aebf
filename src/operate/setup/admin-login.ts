import KeycloakAdminClient, { NetworkError } from '@keycloak/keycloak-admin-client';

import { ServiceError } from '../../platform/errors.ts';

export interface AdminLogin {
  readonly url: string;
  readonly user: string;
  readonly password: string;
}

/** Well below what a token lives, and below what Keycloak takes to start: one that was killed may not know the session. */
const loginForMs = 10_000;

/**
 * The Admin API of a realm, for an administrator of the realm master. Their token lives for a minute, and people think
 * longer than that over a plan. The client would renew it in the realm that it looks at, so another one logs in.
 * @throws ServiceError KEYCLOAK_FORBIDDEN, KEYCLOAK_UNAVAILABLE
 */
export async function adminApi(login: AdminLogin, realm: string): Promise<KeycloakAdminClient> {
  const connection = { baseUrl: login.url.replace(/\/+$/, ''), timeout: 30_000 };
  const administrator = new KeycloakAdminClient({ ...connection, realmName: 'master' });
  await authenticate(administrator, login);
  let loggedInAt = performance.now();
  const api = new KeycloakAdminClient({ ...connection, realmName: realm });
  api.registerTokenProvider({
    async getAccessToken() {
      if (performance.now() - loggedInAt > loginForMs) {
        await authenticate(administrator, login);
        loggedInAt = performance.now();
      }
      return administrator.accessToken;
    },
  });
  return api;
}

async function authenticate(administrator: KeycloakAdminClient, { url, user, password }: AdminLogin): Promise<void> {
  try {
    await administrator.auth({ grantType: 'password', clientId: 'admin-cli', username: user, password });
  } catch (cause) {
    throw cause instanceof NetworkError && cause.response.status < 500
      ? new ServiceError(
          'KEYCLOAK_FORBIDDEN',
          'Keycloak refuses the administrator: check KEYCLOAK_ADMIN_USER and KEYCLOAK_ADMIN_PASSWORD',
          { cause },
        )
      : new ServiceError('KEYCLOAK_UNAVAILABLE', `Keycloak does not answer at ${url}`, { cause });
  }
}
