import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Agent } from 'undici';

import { KeycloakAccounts } from '../../src/adapters/keycloak/accounts.ts';
import { createKeycloak, type Keycloak } from '../../src/adapters/keycloak/keycloak.ts';
import { Lookups } from '../../src/adapters/keycloak/lookups.ts';
import { RealmClient } from '../../src/adapters/keycloak/realm-client.ts';
import type { UserRef } from '../../src/ingest/registration.ts';
import { createRealm, stackEnv, type TestRealm } from './support/realm.ts';

const nobody = '00000000-0000-0000-0000-000000000000';
let acme: TestRealm;
let keycloak: Keycloak;
let count = 0;

beforeAll(async () => {
  acme = await createRealm({
    prefix: 'accounts',
    clients: [
      { clientId: 'blog', roles: ['member'] },
      { clientId: 'portal', roles: ['member'] },
    ],
    groups: ['/readers', '/partners'],
  });
  await acme.admin.roles.create({ name: 'guest' });
  keycloak = createKeycloak({
    url: stackEnv.KEYCLOAK_URL,
    clientId: 'vestibule',
    secretOf: () => acme.secret,
    timeoutMs: 10_000,
    connections: 10,
  });
}, 60_000);

afterAll(async () => {
  await keycloak?.close();
  await acme?.dispose();
});

/** Somebody who registered through the form, and so has a session. */
async function registered(): Promise<UserRef & { readonly username: string }> {
  const username = `user-${++count}`;
  await acme.register('blog', username);
  const user = await acme.userNamed(username);
  return { realm: acme.realm, userId: user?.id ?? '', username };
}

async function expectProfile({ username }: { readonly username: string }): Promise<void> {
  const user = await acme.userNamed(username);
  expect(user).toMatchObject({ email: `${username}@example.test`, firstName: 'Mia', lastName: 'Meyer' });
}

describe('src/adapters/keycloak/accounts', () => {
  it('leaves of a disabled account no session, and all of its data', async () => {
    const who = await registered();
    expect(await acme.sessionsOf(who.userId)).toBe(1);
    await keycloak.accounts.apply(who, { kind: 'disable' });
    expect(await acme.sessionsOf(who.userId)).toBe(0);
    expect(await acme.userNamed(who.username)).toMatchObject({ enabled: false });
    await expectProfile(who);
  });

  it('disables for good also when several do it at once', async () => {
    const who = await registered();
    await Promise.all(Array.from({ length: 6 }, () => keycloak.accounts.apply(who, { kind: 'disable' })));
    expect(await acme.userNamed(who.username)).toMatchObject({ enabled: false });
    expect(await acme.sessionsOf(who.userId)).toBe(0);
  });

  it('enables who was disabled, and lets who is enabled go on undisturbed', async () => {
    const who = await registered();
    expect(await keycloak.accounts.apply(who, { kind: 'enable' })).toBe('unchanged');
    expect(await acme.sessionsOf(who.userId)).toBe(1);
    await keycloak.accounts.apply(who, { kind: 'disable' });
    expect(await keycloak.accounts.apply(who, { kind: 'enable' })).toBe('changed');
    expect(await acme.userNamed(who.username)).toMatchObject({ enabled: true });
    await expectProfile(who);
  });

  it('finds a user deleted whom eight delete at once', async () => {
    const who = await registered();
    const changes = await Promise.all(
      Array.from({ length: 8 }, () => keycloak.accounts.apply(who, { kind: 'delete' })),
    );
    expect(changes).toContain('changed');
    expect(await acme.userNamed(who.username)).toBeUndefined();
    expect(await keycloak.accounts.apply(who, { kind: 'delete' })).toBe('unchanged');
  });

  it('puts into groups and takes out of them, twice without harm', async () => {
    const who = await registered();
    for (const _ of [1, 2]) {
      await keycloak.accounts.apply(who, { kind: 'join-group', path: '/readers' });
    }
    expect(await acme.groupsOf(who.userId)).toEqual(['/readers']);
    for (const _ of [1, 2]) {
      await keycloak.accounts.apply(who, { kind: 'leave-group', path: '/readers' });
    }
    expect(await acme.groupsOf(who.userId)).toEqual([]);
  });

  it('finds subgroups by their path', async () => {
    const [parent] = await acme.admin.groups.find({ search: 'partners' });
    await acme.admin.groups.createChildGroup({ id: parent?.id ?? '' }, { name: 'north & south' });
    const who = await registered();
    await keycloak.accounts.apply(who, { kind: 'join-group', path: '/partners/north & south' });
    expect(await acme.groupsOf(who.userId)).toEqual(['/partners/north & south']);
  });

  it('finds a group again that was made anew under its old name', async () => {
    const { id } = await acme.admin.groups.create({ name: 'moved' });
    const who = await registered();
    await keycloak.accounts.apply(who, { kind: 'join-group', path: '/moved' });
    await acme.admin.groups.del({ id });
    await acme.admin.groups.create({ name: 'moved' });
    await keycloak.accounts.apply(who, { kind: 'join-group', path: '/moved' });
    expect(await acme.groupsOf(who.userId)).toEqual(['/moved']);
  });

  it('grants and revokes a client role of just that client, twice without harm', async () => {
    const who = await registered();
    const role = { client: 'portal', role: 'member' };
    for (const _ of [1, 2]) {
      await keycloak.accounts.apply(who, { kind: 'grant-role', role });
    }
    expect(await acme.rolesOf(who.userId, 'portal')).toEqual(['member']);
    expect(await acme.rolesOf(who.userId, 'blog')).toEqual([]);
    for (const _ of [1, 2]) {
      await keycloak.accounts.apply(who, { kind: 'revoke-role', role });
    }
    expect(await acme.rolesOf(who.userId, 'portal')).toEqual([]);
  });

  it('grants and revokes a realm role', async () => {
    const who = await registered();
    const realmRoles = async () =>
      (await acme.admin.users.listRealmRoleMappings({ id: who.userId })).map(({ name }) => name);
    await keycloak.accounts.apply(who, { kind: 'grant-role', role: { role: 'guest' } });
    expect(await realmRoles()).toContain('guest');
    await keycloak.accounts.apply(who, { kind: 'revoke-role', role: { role: 'guest' } });
    expect(await realmRoles()).not.toContain('guest');
  });

  it('finds a role again that was made anew under its old name', async () => {
    const [portal] = await acme.admin.clients.find({ clientId: 'portal' });
    const id = portal?.id ?? '';
    await acme.admin.clients.createRole({ id, name: 'moved' });
    const who = await registered();
    await keycloak.accounts.apply(who, { kind: 'grant-role', role: { client: 'portal', role: 'moved' } });
    await acme.admin.clients.delRole({ id, roleName: 'moved' });
    await acme.admin.clients.createRole({ id, name: 'moved' });
    await keycloak.accounts.apply(who, { kind: 'grant-role', role: { client: 'portal', role: 'moved' } });
    expect(await acme.rolesOf(who.userId, 'portal')).toEqual(['moved']);
  });

  it('adds and takes away one required action, and leaves the others', async () => {
    const who = await registered();
    await acme.admin.users.update({ id: who.userId }, { requiredActions: ['UPDATE_PROFILE'] });
    expect(await keycloak.accounts.apply(who, { kind: 'add-required-action', action: 'CONFIGURE_TOTP' })).toBe(
      'changed',
    );
    expect(await keycloak.accounts.apply(who, { kind: 'add-required-action', action: 'CONFIGURE_TOTP' })).toBe(
      'unchanged',
    );
    const actions = async () => (await acme.userNamed(who.username))?.requiredActions?.toSorted();
    expect(await actions()).toEqual(['CONFIGURE_TOTP', 'UPDATE_PROFILE']);
    expect(await keycloak.accounts.apply(who, { kind: 'remove-required-action', action: 'CONFIGURE_TOTP' })).toBe(
      'changed',
    );
    expect(await actions()).toEqual(['UPDATE_PROFILE']);
    await expectProfile(who);
  });

  describe('while an attribute is written', () => {
    /** The accounts as the service has them, but something happens between their first look at the user and the write. */
    const interrupted = (meanwhile: () => Promise<unknown>) => {
      let due = true;
      const client = new RealmClient({
        url: stackEnv.KEYCLOAK_URL,
        realm: acme.realm,
        login: { clientId: 'vestibule', secret: () => acme.secret },
        dispatcher: new Agent(),
        timeoutMs: 10_000,
      });
      const get: RealmClient['get'] = async (name, path, schema, query) => {
        const answer = await client.get(name, path, schema, query);
        if (due) {
          due = false;
          await meanwhile();
        }
        return answer;
      };
      const slow = Object.assign(Object.create(client) as RealmClient, { get, call: client.call.bind(client) });
      return new KeycloakAccounts(
        () => slow,
        () => new Lookups(client),
      );
    };

    // Before: the address is not verified. Afterwards an address counts as verified only if that very address was.
    it.each([
      ['verifies another address', { email: 'new-address@example.test', emailVerified: true }],
      ['verifies the address', { emailVerified: true }],
    ])('a person who %s is left with the address and its state of the same moment', async (_, change) => {
      const who = await registered();
      const before = await acme.userNamed(who.username);
      expect(before).toMatchObject({ emailVerified: false });
      const email = before?.email;
      const accounts = interrupted(() => acme.admin.users.update({ id: who.userId }, change));
      await accounts.apply(who, { kind: 'set-attribute', name: 'region', values: ['north'] }).catch(() => undefined);
      expect(await acme.userNamed(who.username)).toMatchObject({ email, emailVerified: false });
    });

    it('a person whose address is verified keeps that', async () => {
      const who = await registered();
      await acme.admin.users.update({ id: who.userId }, { emailVerified: true });
      await keycloak.accounts
        .apply(who, { kind: 'set-attribute', name: 'region', values: ['north'] })
        .catch(() => undefined);
      expect(await acme.userNamed(who.username)).toMatchObject({ emailVerified: true });
      await expectProfile(who);
    });
  });

  it('says so when the user profile drops an attribute, and keeps everything else when it does not', async () => {
    const who = await registered();
    await expect(
      keycloak.accounts.apply(who, { kind: 'set-attribute', name: 'partner', values: ['gold'] }),
    ).rejects.toMatchObject({
      code: 'KEYCLOAK_REFUSED',
      message: expect.stringContaining('does not keep the attribute partner'),
    });
    await expectProfile(who);
    const declared = await acme.admin.users.getProfile();
    await acme.admin.users.updateProfile({ ...declared, unmanagedAttributePolicy: 'ADMIN_EDIT' as never });
    await keycloak.accounts.apply(who, { kind: 'set-attribute', name: 'region', values: ['north', 'south'] });
    expect(await keycloak.accounts.apply(who, { kind: 'set-attribute', name: 'partner', values: ['gold'] })).toBe(
      'changed',
    );
    expect(await keycloak.accounts.apply(who, { kind: 'set-attribute', name: 'partner', values: ['gold'] })).toBe(
      'unchanged',
    );
    expect((await acme.userNamed(who.username))?.attributes).toMatchObject({
      partner: ['gold'],
      region: ['north', 'south'],
    });
    await expectProfile(who);
  });

  it('tells a missing user, a missing group and a missing role apart', async () => {
    const who = await registered();
    const gone = { realm: acme.realm, userId: nobody };
    const { accounts } = keycloak;
    await expect(accounts.apply(who, { kind: 'join-group', path: '/nowhere' })).rejects.toMatchObject({
      code: 'GROUP_MISSING',
    });
    await expect(accounts.apply(who, { kind: 'grant-role', role: { role: 'none' } })).rejects.toMatchObject({
      code: 'ROLE_MISSING',
    });
    await expect(
      accounts.apply(who, { kind: 'grant-role', role: { client: 'portal', role: 'none' } }),
    ).rejects.toMatchObject({
      code: 'ROLE_MISSING',
    });
    for (const attempt of [
      () => accounts.apply(gone, { kind: 'disable' }),
      () => accounts.apply(gone, { kind: 'enable' }),
      () => accounts.apply(gone, { kind: 'log-out' }),
      () => accounts.apply(gone, { kind: 'join-group', path: '/readers' }),
      () => accounts.apply(gone, { kind: 'leave-group', path: '/readers' }),
      () => accounts.apply(gone, { kind: 'grant-role', role: { client: 'portal', role: 'member' } }),
      () => accounts.apply(gone, { kind: 'revoke-role', role: { role: 'guest' } }),
      () => accounts.apply(gone, { kind: 'set-attribute', name: 'a', values: ['b'] }),
      () => accounts.apply(gone, { kind: 'add-required-action', action: 'CONFIGURE_TOTP' }),
    ]) {
      await expect(attempt()).rejects.toMatchObject({ code: 'USER_GONE' });
    }
  });

  it('hands out none of the roles that administer the realm and that it has itself', async () => {
    const who = await registered();
    const grant = (role: string) =>
      keycloak.accounts.apply(who, { kind: 'grant-role', role: { client: 'realm-management', role } });
    await expect(grant('manage-users')).rejects.toMatchObject({ code: 'ROLE_MISSING' });
    await expect(grant('realm-admin')).rejects.toMatchObject({ code: 'KEYCLOAK_FORBIDDEN' });
    expect(await acme.rolesOf(who.userId, 'realm-management')).toEqual([]);
  });

  it('names the realm when there is none of that name', async () => {
    await expect(
      keycloak.accounts.apply({ realm: 'no-such-realm', userId: nobody }, { kind: 'log-out' }),
    ).rejects.toMatchObject({
      code: 'REALM_UNKNOWN',
    });
  });
});
