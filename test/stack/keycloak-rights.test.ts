import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';

import { createKeycloak, type Keycloak } from '../../src/adapters/keycloak/keycloak.ts';
import { planSetup } from '../../src/operate/setup/plan.ts';
import { RealmAdmin } from '../../src/operate/setup/realm-admin.ts';
import { createRealm, stackEnv, type TestRealm } from './support/realm.ts';

/** Which role of `realm-management` which work takes: measured here, so that an upgrade that changes it is noticed. */

let acme: TestRealm;
let userId: string;
let keycloak: Keycloak;

beforeAll(async () => {
  acme = await createRealm({
    prefix: 'rights',
    clients: [{ clientId: 'blog', roles: ['member'] }],
    groups: ['/readers'],
  });
  await acme.admin.roles.create({ name: 'guest' });
  ({ id: userId } = await acme.admin.users.create({ username: 'mia', enabled: true }));
}, 60_000);

afterAll(() => acme?.dispose());

const give = async (roles: readonly string[]): Promise<void> => {
  const admin = await RealmAdmin.login(
    {
      url: stackEnv.KEYCLOAK_URL,
      user: stackEnv.KEYCLOAK_ADMIN_USER,
      password: stackEnv.KEYCLOAK_ADMIN_PASSWORD,
    },
    acme.realm,
  );
  await admin.apply({
    kind: 'take-roles',
    roles: [
      'manage-users',
      'view-events',
      'view-users',
      'query-users',
      'view-realm',
      'view-clients',
      'manage-events',
      'manage-realm',
      'manage-clients',
    ],
  });
  await admin.apply({ kind: 'grant-roles', roles });
};

/** A service account that has just these roles, with a token that says so. */
async function withRoles(...roles: string[]): Promise<Keycloak> {
  await give(roles);
  await keycloak?.close();
  keycloak = createKeycloak({
    url: stackEnv.KEYCLOAK_URL,
    clientId: 'vestibule',
    secretOf: () => acme.secret,
    timeoutMs: 10_000,
    connections: 2,
  });
  return keycloak;
}

afterAll(() => keycloak?.close());

const forbidden = { code: 'KEYCLOAK_FORBIDDEN' };

describe('src/operate/setup/plan', () => {
  let who: { realm: string; userId: string };
  beforeEach(() => {
    who = { realm: acme.realm, userId };
  });

  it('grants with manage-users all that steps do, and with view-events all that the reconciler reads', async () => {
    const { accounts, users, events } = await withRoles('manage-users', 'view-events');
    await accounts.apply(who, { kind: 'join-group', path: '/readers' });
    await accounts.apply(who, { kind: 'leave-group', path: '/readers' });
    await accounts.apply(who, { kind: 'grant-role', role: { client: 'blog', role: 'member' } });
    await accounts.apply(who, { kind: 'revoke-role', role: { client: 'blog', role: 'member' } });
    await accounts.apply(who, { kind: 'grant-role', role: { role: 'guest' } });
    await accounts.apply(who, { kind: 'revoke-role', role: { role: 'guest' } });
    await accounts.apply(who, { kind: 'add-required-action', action: 'CONFIGURE_TOTP' });
    await accounts.apply(who, { kind: 'remove-required-action', action: 'CONFIGURE_TOTP' });
    await accounts.apply(who, { kind: 'disable' });
    await accounts.apply(who, { kind: 'enable' });
    await users.membersOf(acme.realm, { group: '/readers' });
    await events.registrations(acme.realm, { from: 0 });
    await events.disabledByOther(who, 0);
  });

  it('would lack the steps without manage-users', async () => {
    const { accounts, users } = await withRoles('view-users', 'view-events');
    await users.read(who);
    await expect(accounts.apply(who, { kind: 'disable' })).rejects.toMatchObject(forbidden);
    await expect(accounts.apply(who, { kind: 'log-out' })).rejects.toMatchObject(forbidden);
    await expect(accounts.apply(who, { kind: 'join-group', path: '/readers' })).rejects.toMatchObject(forbidden);
  });

  it('would lack the event store without view-events', async () => {
    const { events } = await withRoles('manage-users');
    await expect(events.registrations(acme.realm, { from: 0 })).rejects.toMatchObject(forbidden);
    await expect(events.disabledByOther(who, 0)).rejects.toMatchObject(forbidden);
  });

  it('lets approvers be found by role only with view-realm, for it is asked', async () => {
    const without = await withRoles('manage-users', 'view-events');
    await expect(without.users.membersOf(acme.realm, { role: 'guest' })).rejects.toMatchObject(forbidden);
    const { users } = await withRoles('manage-users', 'view-events', 'view-realm');
    expect(await users.membersOf(acme.realm, { role: 'guest' })).toEqual([]);
  });

  it('lets approvers be found by a role of a client only with view-clients', async () => {
    const role = { client: 'blog', role: 'member' };
    for (const more of [[], ['view-realm'], ['view-users'], ['query-users']]) {
      const { users } = await withRoles('manage-users', 'view-events', ...more);
      await expect(users.membersOf(acme.realm, role)).rejects.toMatchObject(forbidden);
    }
    const seeing = await withRoles('manage-users', 'view-events', 'view-clients');
    expect(await seeing.users.membersOf(acme.realm, role)).toEqual([]);
    expect(await seeing.rights(acme.realm, ['client'])).toMatchObject({ lacking: [], slight: [] });
    const managing = await withRoles('manage-users', 'view-events', 'manage-clients');
    expect(await managing.users.membersOf(acme.realm, role)).toEqual([]);
    expect(await managing.rights(acme.realm, ['client'])).toMatchObject({ lacking: [] });
  });

  it('lets those see who may manage: the event store with manage-events, the holders of a role with manage-realm', async () => {
    const managing = await withRoles('manage-users', 'manage-events', 'manage-realm');
    await managing.events.registrations(acme.realm, { from: 0 });
    await managing.events.disabledByOther(who, 0);
    expect(await managing.users.membersOf(acme.realm, { role: 'guest' })).toEqual([]);
    expect(await managing.rights(acme.realm, ['realm'])).toMatchObject({ lacking: [] });
  });

  it('shows administrative roles that groups give, and those given directly or by realm roles only with view-clients', async () => {
    const { admin, realm } = acme;
    const [client] = await admin.clients.find({ clientId: 'realm-management' });
    const clientUniqueId = client?.id ?? '';
    const found = await admin.clients.findRole({ id: clientUniqueId, roleName: 'realm-admin' });
    const roles = [{ id: found?.id ?? '', name: 'realm-admin' }];
    await admin.roles.create({ name: 'boss' });
    const boss = await admin.roles.findOneByName({ name: 'boss' });
    await admin.roles.createComposite({ roleId: boss?.id ?? '' }, roles);
    const { id: groupId } = await admin.groups.create({ name: 'admins' });
    await admin.groups.addClientRoleMappings({ id: groupId, clientUniqueId, roles });
    const { id: below } = await admin.groups.createChildGroup({ id: groupId }, { name: 'night shift' });

    const make = async (username: string) => (await admin.users.create({ username, enabled: true })).id;
    const people = { direct: await make('direct'), byRole: await make('by-role'), byGroup: await make('by-group') };
    await admin.users.addClientRoleMappings({ id: people.direct, clientUniqueId, roles });
    await admin.users.addRealmRoleMappings({ id: people.byRole, roles: [{ id: boss?.id ?? '', name: 'boss' }] });
    await admin.users.addToGroup({ id: people.byGroup, groupId: below ?? '' });
    const seen = async ({ privileges }: Keycloak) =>
      Promise.all(
        Object.values({ ...people, mia: userId }).map(
          async (id) => (await privileges.administrativeRole({ realm, userId: id })) !== null,
        ),
      );

    expect(await seen(await withRoles('manage-users', 'view-events'))).toEqual([false, false, true, false]);
    expect(await seen(await withRoles('manage-users', 'view-events', 'view-clients'))).toEqual([
      true,
      true,
      true,
      false,
    ]);
  });

  it('keeps clients, roles and the settings of the realm out of reach', async () => {
    await withRoles('manage-users', 'view-events');
    const body = new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: 'vestibule',
      client_secret: acme.secret,
    });
    const reply = await fetch(`${stackEnv.KEYCLOAK_URL}/realms/${acme.realm}/protocol/openid-connect/token`, {
      method: 'POST',
      body,
    });
    const { access_token } = (await reply.json()) as { access_token: string };
    const statusOf = async (path: string) =>
      (
        await fetch(`${stackEnv.KEYCLOAK_URL}/admin/realms/${acme.realm}/${path}`, {
          headers: { authorization: `Bearer ${access_token}` },
        })
      ).status;
    for (const path of [
      'clients?clientId=blog',
      'roles',
      'roles/guest/users',
      'authentication/required-actions',
      'identity-provider/instances',
    ]) {
      expect([path, await statusOf(path)]).toEqual([path, 403]);
    }
    expect(await statusOf(`users/${userId}`)).toBe(200);
  });

  it('names rights too many, and takes them only when told to', async () => {
    await give(['manage-users', 'view-events', 'view-realm']);
    const admin = await RealmAdmin.login(
      { url: stackEnv.KEYCLOAK_URL, user: stackEnv.KEYCLOAK_ADMIN_USER, password: stackEnv.KEYCLOAK_ADMIN_PASSWORD },
      acme.realm,
    );
    const kept = planSetup(await admin.state(), { prune: false, roleApprovers: false });
    expect(kept.notes.join()).toContain('view-realm');
    expect(kept.changes).toEqual([]);
    const seeing = planSetup(await admin.state(), { prune: false, roleApprovers: true, seeAdministrators: true });
    expect(seeing).toMatchObject({ changes: [{ kind: 'grant-roles', roles: ['view-clients'] }], notes: [] });
    const { changes } = planSetup(await admin.state(), { prune: true, roleApprovers: false });
    expect(changes).toEqual([{ kind: 'take-roles', roles: ['view-realm'] }]);
  });
});
