import { describe, expect, it } from '@jest/globals';

import { type RoleClaims, rightsIn } from '../../src/adapters/keycloak/rights.ts';
import { checkRights } from '../../src/app/keycloak.ts';
import type { RoleKind } from '../../src/rules/decide/asks-roles.ts';
import { createLog } from '../../src/platform/log.ts';

/** Roles of realm-management; `null`: the token shows none. */
async function startWith(roles: readonly string[] | null, asked: readonly RoleKind[] = []) {
  const lines: string[] = [];
  const claims: RoleClaims = { resource_access: { 'realm-management': { roles: roles ?? [] } } };
  const rights = async () => (roles === null ? null : rightsIn('acme', claims, asked));
  const log = createLog('warn', { write: (line: string) => void lines.push(line) });
  await checkRights({ rights }, 'acme', asked, log);
  return lines.map((line) => JSON.parse(line) as object);
}

describe('src/app/keycloak', () => {
  it.each<[string, readonly string[] | null, readonly RoleKind[]]>([
    ['what it needs', ['manage-users', 'view-events'], []],
    ['what it needs to ask holders of roles', ['manage-users', 'view-events', 'view-realm'], ['realm']],
    ['what it needs to ask holders of roles of clients', ['manage-users', 'view-events', 'view-clients'], ['client']],
    ['what it was granted to see administrators', ['manage-users', 'view-events', 'view-clients', 'query-clients'], []],
    ['a token that does not show its rights', null, []],
  ])('starts without a word when the service account has %s', async (_, roles, asked) => {
    expect(await startWith(roles, asked)).toEqual([]);
  });

  it.each<[string[], RoleKind[], string, string]>([
    [['view-events'], [], 'manage-users', ''],
    [['manage-users'], [], 'view-events', ''],
    [[], [], 'manage-users, view-events', ''],
    [['manage-users', 'view-events'], ['realm'], 'view-realm', ' --role-approvers'],
    [['manage-users', 'view-events'], ['client'], 'view-clients', ' --client-role-approvers'],
  ])('does not start with %j alone, and names what is missing', async (roles, asked, lacking, options) => {
    await expect(startWith(roles, asked)).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: `the service account of realm acme lacks the role ${lacking} of realm-management: vestibule setup --realm acme${options} grants it`,
    });
  });

  it.each<[string[], RoleKind[]]>([
    [['realm-admin'], []],
    [['manage-users', 'view-events', 'impersonation'], []],
    [['manage-users', 'view-events', 'query-users'], []],
    [['manage-users', 'manage-events'], []],
    [['manage-users', 'view-events', 'manage-realm'], ['realm']],
  ])('starts with %j, and warns of what is too much', async (roles, asked) => {
    expect(await startWith(roles, asked)).toEqual([
      expect.objectContaining({
        level: 'warn',
        msg: 'the service account has rights that it does not need',
        surplus: [roles.at(-1)],
        remedy: `take them away: vestibule setup --realm acme${asked.length > 0 ? ' --role-approvers' : ''} --prune`,
      }),
    ]);
  });
});
