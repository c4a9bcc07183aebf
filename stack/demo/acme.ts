import { type KeycloakAdminEnv, type ProvisionedRealm, provisionRealm } from '../realm.ts';
import { applications } from './site/applications.ts';

export const acme = 'acme';

/** Makes the realm that the shipped rules are for, with an application for each rule file, the door and the gate. */
export function provisionAcme(env: KeycloakAdminEnv, siteUrl: string): Promise<ProvisionedRealm> {
  return provisionRealm(env, {
    realm: acme,
    displayName: 'ACME',
    clients: applications.map(({ clientId, name, roles }) => ({
      clientId,
      name,
      roles,
      home: `${siteUrl}/${clientId}`,
    })),
    groups: applications.map(({ group }) => group),
    setup: { door: true },
  });
}
