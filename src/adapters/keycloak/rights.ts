import type { RoleKind } from '../../rules/decide/asks-roles.ts';

/** Measured to be enough for every step and for the reconciler. */
export const neededRoles = ['manage-users', 'view-events'] as const;

/** Measured: who has one of these needs no right to see besides. */
const includes: Readonly<Record<string, string>> = {
  'view-events': 'manage-events',
  'view-realm': 'manage-realm',
  'view-clients': 'manage-clients',
};

/** Measured: what it takes to read who holds a role. The second right reads the secrets of all clients, too. */
const roleRights: Readonly<Record<RoleKind, string>> = { realm: 'view-realm', client: 'view-clients' };

/** What `vestibule setup` is told to grant that. */
export function setupOptions(roles: readonly RoleKind[]): string {
  return roles.map((kind) => (kind === 'realm' ? ' --role-approvers' : ' --client-role-approvers')).join('');
}

/** What `setup` grants when it is asked to: `--see-administrators`. */
const optional = ['view-clients'];

/** Keycloak puts the second into the token of everybody who has the first. */
const comesWith: Readonly<Record<string, string>> = { 'view-clients': 'query-clients' };

/** Anyone who has one of these can make himself any of the others. */
const takeOver = [
  'realm-admin',
  'manage-realm',
  'manage-clients',
  'manage-authorization',
  'manage-identity-providers',
  'manage-events',
  'create-client',
  'impersonation',
];

/** Of an access token, what shows the rights of its holder. */
export interface RoleClaims {
  readonly realm_access?: { readonly roles?: readonly string[] | undefined } | undefined;
  readonly resource_access?: Readonly<Record<string, { readonly roles?: readonly string[] | undefined }>> | undefined;
}

/** Rights of a service account, too few and too many. */
export interface Rights {
  readonly wanted: readonly string[];
  readonly lacking: readonly string[];
  /** Anyone who gets hold of the client's secret has the realm by these. */
  readonly grave: readonly string[];
  /** More than is needed, and no danger to the realm. */
  readonly slight: readonly string[];
  /** Roles of applications. */
  readonly foreign: readonly string[];
}

/**
 * Rights too few and too many, as the token has them: no further right is needed to look.
 * @param asked of which kind the roles are whose holders rules ask
 */
export function rightsIn(realm: string, claims: RoleClaims, asked: readonly RoleKind[]): Rights {
  const management = realm === 'master' ? 'master-realm' : 'realm-management';
  const roles = claims.resource_access?.[management]?.roles ?? [];
  const wanted: readonly string[] = [...neededRoles, ...asked.map((kind) => roleRights[kind])];
  const fine = [...wanted, ...optional, ...roles.map((role) => comesWith[role])];
  const surplus = roles.filter((role) => !fine.includes(role));
  const masterRoles = (claims.realm_access?.roles ?? []).filter(
    (role) => realm === 'master' && ['admin', 'create-realm'].includes(role),
  );
  return {
    wanted,
    lacking: wanted.filter((role) => ![role, includes[role] ?? role, 'realm-admin'].some((one) => roles.includes(one))),
    grave: [...surplus.filter((role) => takeOver.includes(role)), ...masterRoles],
    slight: surplus.filter((role) => !takeOver.includes(role)),
    foreign: Object.entries(claims.resource_access ?? {})
      .filter(([client]) => client !== management && client !== 'account')
      .flatMap(([client, { roles: theirs = [] }]) => theirs.map((role) => `${client}:${role}`)),
  };
}
