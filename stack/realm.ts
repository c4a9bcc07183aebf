import type KeycloakAdminClient from '@keycloak/keycloak-admin-client';

import { RealmAdmin } from '../src/operate/setup/realm-admin.ts';
import { type SetupOptions, setupRealm } from '../src/operate/setup/setup-realm.ts';

export interface RealmPlan {
  readonly realm: string;
  readonly displayName?: string;
  /** Public clients that people register through, with the client roles they have. */
  readonly clients: readonly {
    readonly clientId: string;
    readonly name?: string;
    readonly roles?: readonly string[];
    /** Address of an application that is there, with `/callback` below it; its tokens name the person's groups. */
    readonly home?: string;
  }[];
  readonly groups?: readonly string[];
  readonly verifyEmail?: boolean;
  readonly setup?: SetupOptions;
}

export interface ProvisionedRealm {
  /** Secret of the service account. */
  readonly secret: string;
  readonly admin: KeycloakAdminClient;
}

export interface KeycloakAdminEnv {
  readonly KEYCLOAK_URL: string;
  readonly KEYCLOAK_ADMIN_USER: string;
  readonly KEYCLOAK_ADMIN_PASSWORD: string;
}

/** Where the tests' applications take people back to. Nothing listens there: the code is in the address. */
export const redirectUri = 'http://127.0.0.1:9/callback';

/** Makes a realm with open registration, and prepares it with the product's own `setup`. */
export async function provisionRealm(
  env: KeycloakAdminEnv,
  { realm, displayName, clients, groups = [], verifyEmail = false, setup }: RealmPlan,
): Promise<ProvisionedRealm> {
  const login = { url: env.KEYCLOAK_URL, user: env.KEYCLOAK_ADMIN_USER, password: env.KEYCLOAK_ADMIN_PASSWORD };
  const { api } = await RealmAdmin.login(login, realm);
  await api.realms.create({
    realm,
    displayName: displayName ?? realm,
    enabled: true,
    registrationAllowed: true,
    verifyEmail,
    loginTheme: 'keycloak.v2',
    internationalizationEnabled: true,
    supportedLocales: ['en', 'de', 'fr'],
    defaultLocale: 'en',
    // Password hashing made cheap: what is measured and waited for here is not the hash.
    passwordPolicy: 'hashIterations(1)',
  });
  for (const { clientId, name, roles = [], home } of clients) {
    const { id } = await api.clients.create({
      clientId,
      name: name ?? clientId,
      publicClient: true,
      directAccessGrantsEnabled: true,
      ...(home === undefined ? { redirectUris: [redirectUri] } : application(home)),
    });
    for (const role of roles) {
      await api.clients.createRole({ id, name: role });
    }
  }
  for (const path of groups) {
    await api.groups.create({ name: path.replace(/^\//, '') });
  }
  const { secret } = await setupRealm(login, realm, setup);
  return { secret, admin: api };
}

/** A client whose application is at an address. */
function application(home: string) {
  return {
    baseUrl: home,
    redirectUris: [`${home}/callback`],
    attributes: { 'post.logout.redirect.uris': home },
    protocolMappers: [
      {
        name: 'groups',
        protocol: 'openid-connect',
        protocolMapper: 'oidc-group-membership-mapper',
        config: { 'claim.name': 'groups', 'full.path': 'true', 'id.token.claim': 'true', 'access.token.claim': 'true' },
      },
    ],
  };
}
