import { randomBytes } from 'node:crypto';

import { type KeycloakAdminEnv, provisionRealm, redirectUri, type RealmPlan } from '../../../stack/realm.ts';
import { registerThroughForm } from './registration-form.ts';

export const stackEnv = process.env as unknown as KeycloakAdminEnv &
  Readonly<
    Record<'EVENT_SIGNING_KEY' | 'KAFKA_BROKERS' | 'REDIS_URL' | 'SMTP_URL' | 'MAIL_FROM' | 'MAIL_INBOX_URL', string>
  >;

/** A realm of a test file's own, on the Keycloak that all share, or on one of the file's own. */
export async function createRealm(
  plan: Omit<RealmPlan, 'realm'> & { readonly prefix: string },
  keycloak: KeycloakAdminEnv = stackEnv,
) {
  const realm = `${plan.prefix}-${randomBytes(4).toString('hex')}`;
  const { secret, admin } = await provisionRealm(keycloak, { ...plan, realm });
  return {
    realm,
    secret,
    admin,
    register: (clientId: string, username: string, email = `${username}@example.test`, locale?: string) =>
      registerThroughForm({
        keycloakUrl: keycloak.KEYCLOAK_URL,
        realm,
        clientId,
        redirectUri,
        username,
        email,
        firstName: 'Mia',
        lastName: 'Meyer',
        password: 'correct horse',
        ...(locale === undefined ? {} : { locale }),
      }),
    userNamed: async (username: string) => (await admin.users.find({ username, exact: true }))[0],
    groupsOf: async (id: string) => (await admin.users.listGroups({ id })).map(({ path }) => path),
    rolesOf: async (id: string, client: string) =>
      (
        (await admin.users.listRoleMappings({ id })).clientMappings?.[client]?.mappings as
          { name: string }[] | undefined
      )?.map(({ name }) => name) ?? [],
    sessionsOf: async (id: string) => (await admin.users.listSessions({ id })).length,
    dispose: () => admin.realms.del({ realm }),
  };
}

export type TestRealm = Awaited<ReturnType<typeof createRealm>>;
