import { describe, expect, it } from '@jest/globals';

import { type RoleClaims, rightsIn } from '../../src/adapters/keycloak/rights.ts';
import { checkRights } from '../../src/app/keycloak.ts';
import { createLog } from '../../src/platform/log.ts';

/** Roles of realm-management; `null`: the token shows none. */
async function startWith(roles: readonly string[] | null, roleApprovers = false) {
  const lines: string[] = [];
  const claims: RoleClaims = { resource_access: { 'realm-management': { roles: roles ?? [] } } };
  const rights = async () => (roles === null ? null : rightsIn('acme', claims, roleApprovers));
  const log = createLog('warn', { write: (line: string) => void lines.push(line) });
  await checkRights({ rights }, 'acme', roleApprovers, log);
  return lines.map((line) => JSON.parse(line) as object);
}

describe('src/app/keycloak', () => {
  it.each<[string, readonly string[] | null, boolean]>([
    ['what it needs', ['manage-users', 'view-events'], false],
    ['what it needs to ask holders of roles', ['manage-users', 'view-events', 'view-realm'], true],
    ['what it was granted to see administrators', ['manage-users', 'view-events', 'view-clients'], false],
    ['a token that does not show its rights', null, false],
  ])('starts without a word when the service account has %s', async (_, roles, roleApprovers) => {
    expect(await startWith(roles, roleApprovers)).toEqual([]);
  });

  it.each([
    [['view-events'], false, 'manage-users'],
    [['manage-users'], false, 'view-events'],
    [[], false, 'manage-users, view-events'],
    [['manage-users', 'view-events'], true, 'view-realm'],
  ])('does not start with %j alone, and names what is missing', async (roles, roleApprovers, lacking) => {
    await expect(startWith(roles, roleApprovers)).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: `the service account of realm acme lacks the role ${lacking} of realm-management: vestibule setup --realm acme${roleApprovers ? ' --role-approvers' : ''} grants it`,
    });
  });

  it.each<[string[], boolean]>([
    [['realm-admin'], false],
    [['manage-users', 'view-events', 'impersonation'], false],
    [['manage-users', 'view-events', 'query-users'], false],
    [['manage-users', 'manage-events'], false],
    [['manage-users', 'view-events', 'manage-realm'], true],
  ])('starts with %j, and warns of what is too much', async (roles, roleApprovers) => {
    expect(await startWith(roles, roleApprovers)).toEqual([
      expect.objectContaining({
        level: 'warn',
        msg: 'the service account has rights that it does not need',
        surplus: [roles.at(-1)],
        remedy: `take them away: vestibule setup --realm acme${roleApprovers ? ' --role-approvers' : ''} --prune`,
      }),
    ]);
  });
});
