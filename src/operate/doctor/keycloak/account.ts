import { rightsIn, type RoleClaims, setupOptions } from '../../../adapters/keycloak/rights.ts';
import { clockFinding, type ClockReading } from '../clock.ts';
import { error, type Finding, fine, holding, warning } from '../finding.ts';
import type { RealmNeeds } from '../rules.ts';

export interface ClientRef {
  readonly realm: string;
  readonly clientId: string;
}

/** Why the service account gets no token. */
export function refusalFinding(
  { realm, clientId }: ClientRef,
  refusal: { error: string; description: string },
): Finding {
  const setup = `vestibule setup --realm ${realm}`;
  if (/public client/i.test(refusal.description)) {
    return error('keycloak-client-public', `the client ${clientId} is public: it has no secret`, `${setup} repairs it`);
  }
  if (/not enabled to retrieve service account/i.test(refusal.description)) {
    return error(
      'keycloak-service-account-off',
      `the client ${clientId} has no service account`,
      `${setup} repairs it`,
    );
  }
  if (/realm not enabled/i.test(refusal.description)) {
    return error('keycloak-realm-off', `realm ${realm} is switched off`, 'Realm settings > Enabled');
  }
  if (refusal.error === 'invalid_client') {
    return error(
      'keycloak-client-missing',
      `realm ${realm} has no client ${clientId}, or it is switched off`,
      `${setup} makes it; or correct KEYCLOAK_CLIENT_ID`,
    );
  }
  if (refusal.error === 'unauthorized_client') {
    return error(
      'keycloak-secret',
      `realm ${realm} does not take the secret of the client ${clientId}`,
      `correct KEYCLOAK_CLIENT_SECRET: ${setup} --secret-file FILE writes the right one`,
    );
  }
  return error(
    'keycloak-token',
    `realm ${realm} gives no token: ${refusal.error}, ${refusal.description}`,
    `look at the client ${clientId} in the admin console`,
  );
}

/** Rights too few and too many, as the token has them: no further right is needed to look. */
export function rightsFindings(realm: string, claims: RoleClaims, needs: RealmNeeds): Finding[] {
  const { wanted, lacking, grave, slight, foreign } = rightsIn(realm, claims, needs.roleApprovers);
  const setup = `vestibule setup --realm ${realm}${setupOptions(needs.roleApprovers)}`;
  return holding(
    [
      lacking.length > 0,
      () => error('keycloak-rights-few', `the service account lacks ${lacking.join(', ')}`, `${setup} grants it`),
    ],
    [
      grave.length > 0,
      () =>
        error(
          'keycloak-rights-many',
          `anyone who gets hold of the client's secret has the realm: the service account has ${grave.join(', ')}`,
          `take it away: ${setup} --prune`,
        ),
    ],
    [
      slight.length > 0 && grave.length === 0,
      () =>
        warning(
          'keycloak-rights-more',
          `the service account has rights that it does not need: ${slight.join(', ')}`,
          `take them away: ${setup} --prune`,
        ),
    ],
    [
      foreign.length > 0,
      () =>
        warning(
          'keycloak-roles-foreign',
          `the service account has roles of applications: ${foreign.join(', ')}`,
          'take them away in the admin console; a role that it has itself cannot be granted by a rule',
        ),
    ],
    [
      lacking.length + grave.length + slight.length === 0,
      () => fine('keycloak-rights', `the service account has what it needs and no more: ${wanted.join(', ')}`),
    ],
  );
}

/** The client, as only an administrator sees it. */
export interface ClientSettings {
  readonly standardFlow: boolean;
  readonly implicitFlow: boolean;
  readonly passwordGrant: boolean;
}

export function clientFindings({ realm, clientId }: ClientRef, settings: ClientSettings): Finding[] {
  const open = [
    ...(settings.standardFlow ? ['standard flow'] : []),
    ...(settings.implicitFlow ? ['implicit flow'] : []),
    ...(settings.passwordGrant ? ['direct access grants'] : []),
  ];
  return holding([
    open.length > 0,
    () =>
      warning(
        'keycloak-client-open',
        `the client ${clientId} of realm ${realm} is for more than a service account: ${open.join(', ')}`,
        'switch these off in the admin console (Clients > Settings > Capability config)',
      ),
  ]);
}

export function keycloakClock(reading: ClockReading): Finding {
  return clockFinding('keycloak-clock', 'Keycloak', reading);
}
