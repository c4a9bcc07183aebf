import { redirectUri } from '../../../stack/realm.ts';
import { stackEnv, type TestRealm } from './realm.ts';
import { type FormResult, loginThroughForm } from './registration-form.ts';

const secret = 'between the realms';
const password = 'correct horse';

/** Makes one realm an identity provider of another. @param flow of the first login; default: Keycloak's own */
export async function addIdentityProvider(
  realm: TestRealm,
  office: TestRealm,
  { alias, flow = 'first broker login' }: { readonly alias: string; readonly flow?: string },
): Promise<void> {
  const endpoints = `${stackEnv.KEYCLOAK_URL}/realms/${office.realm}/protocol/openid-connect`;
  const clientId = `${realm.realm}-${alias}`;
  await office.admin.clients.create({
    clientId,
    secret,
    redirectUris: [`${stackEnv.KEYCLOAK_URL}/realms/${realm.realm}/broker/${alias}/endpoint`],
  });
  await realm.admin.identityProviders.create({
    alias,
    providerId: 'oidc',
    firstBrokerLoginFlowAlias: flow,
    config: {
      authorizationUrl: `${endpoints}/auth`,
      tokenUrl: `${endpoints}/token`,
      clientId,
      clientSecret: secret,
      clientAuthMethod: 'client_secret_post',
      defaultScope: 'openid profile email',
      syncMode: 'IMPORT',
    },
  });
}

/** Somebody whom the identity provider knows. */
export async function employ(office: TestRealm, username: string): Promise<void> {
  await office.admin.users.create({
    username,
    enabled: true,
    email: `${username}@example.test`,
    emailVerified: true,
    firstName: 'Mia',
    lastName: 'Meyer',
    credentials: [{ type: 'password', value: password, temporary: false }],
  });
}

/** Somebody logs in at the identity provider, on the way to a client. */
export function comeThrough(
  realm: TestRealm,
  { clientId, alias, username }: { readonly clientId: string; readonly alias: string; readonly username: string },
): Promise<FormResult> {
  return loginThroughForm({
    keycloakUrl: stackEnv.KEYCLOAK_URL,
    realm: realm.realm,
    clientId,
    redirectUri,
    username,
    password,
    query: { kc_idp_hint: alias },
  });
}
