import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { createRecent } from '../../src/adapters/keycloak/recent.ts';
import { createKeycloak, type Keycloak } from '../../src/adapters/keycloak/keycloak.ts';
import { asked } from '../fakes/stored-approvals.ts';
import { createRealm, stackEnv, type TestRealm } from './support/realm.ts';
import { until } from './support/until.ts';

let acme: TestRealm;
let keycloak: Keycloak;

beforeAll(async () => {
  acme = await createRealm({
    prefix: 'reads',
    clients: [{ clientId: 'blog', roles: ['member'] }],
    groups: ['/desk'],
    setup: { roleApprovers: true, clientRoleApprovers: true },
  });
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

async function registered(username: string): Promise<string> {
  await acme.register('blog', username);
  return (await acme.userNamed(username))?.id ?? '';
}

describe('src/adapters/keycloak/users', () => {
  it('reads a user with what rules may ask for', async () => {
    const before = Date.now();
    const userId = await registered('mia');
    const facts = await keycloak.users.read({ realm: acme.realm, userId });
    expect(facts).toMatchObject({
      username: 'mia',
      email: 'mia@example.test',
      emailVerified: false,
      enabled: true,
      firstName: 'Mia',
      lastName: 'Meyer',
    });
    expect(Math.abs((facts?.createdAt ?? 0) - before)).toBeLessThan(60_000);
    expect(await keycloak.users.named(acme.realm, 'mia')).toEqual({ ...facts, userId });
  });

  it('finds nobody where nobody is', async () => {
    const userId = '00000000-0000-0000-0000-000000000000';
    expect(await keycloak.users.read({ realm: acme.realm, userId })).toBeNull();
    expect(await keycloak.users.named(acme.realm, 'mi')).toBeNull();
  });

  it('asks the enabled members of a group and the enabled holders of a role', async () => {
    const { admin, realm } = acme;
    const role = await admin.roles
      .create({ name: 'approver' })
      .then(() => admin.roles.findOneByName({ name: 'approver' }));
    const [desk] = await admin.groups.find({ search: 'desk' });
    const [blog] = await admin.clients.find({ clientId: 'blog' });
    const member = await admin.clients.findRole({ id: blog?.id ?? '', roleName: 'member' });
    const profile = await admin.users.getProfile();
    await admin.users.updateProfile({ ...profile, unmanagedAttributePolicy: 'ADMIN_EDIT' as never });
    await admin.realms.update({ realm }, { internationalizationEnabled: true, supportedLocales: ['en', 'fr'] });
    for (const [username, enabled] of [
      ['ann', true],
      ['bob', false],
    ] as const) {
      const attributes = { locale: ['fr'], zoneinfo: ['Asia/Tokyo'] };
      const { id } = await admin.users.create({ username, email: `${username}@acme.test`, enabled, attributes });
      await admin.users.addToGroup({ id, groupId: desk?.id ?? '' });
      await admin.users.addRealmRoleMappings({ id, roles: [{ id: role?.id ?? '', name: 'approver' }] });
      const roles = [{ id: member?.id ?? '', name: 'member' }];
      await admin.users.addClientRoleMappings({ id, clientUniqueId: blog?.id ?? '', roles });
    }
    const userId = (await keycloak.users.named(realm, 'ann'))?.userId;
    const ann = { userId, name: 'ann', address: 'ann@acme.test', locale: 'fr', zone: 'Asia/Tokyo' };
    expect(await keycloak.users.membersOf(realm, { group: '/desk' })).toEqual([ann]);
    expect(await keycloak.users.membersOf(realm, { role: 'approver' })).toEqual([ann]);
    expect(await keycloak.users.membersOf(realm, { client: 'blog', role: 'member' })).toEqual([ann]);
    await expect(keycloak.users.membersOf(realm, { group: '/none' })).rejects.toMatchObject({ code: 'GROUP_MISSING' });
    await expect(keycloak.users.membersOf(realm, { role: 'none' })).rejects.toMatchObject({ code: 'ROLE_MISSING' });
    const none = { client: 'blog', role: 'none' };
    await expect(keycloak.users.membersOf(realm, none)).rejects.toMatchObject({ code: 'ROLE_MISSING' });
  });

  it('knows in which language and time zone the one enabled user with an address reads', async () => {
    const { admin, realm } = acme;
    const reads = (address: string) => keycloak.users.withAddress(realm, address);
    expect(await reads('ann@acme.test')).toEqual({ locale: 'fr', zone: 'Asia/Tokyo' });
    expect(await reads('bob@acme.test')).toBeNull(); // disabled
    expect(await reads('nn@acme.test')).toBeNull();
    await admin.realms.update({ realm }, { duplicateEmailsAllowed: true, loginWithEmailAllowed: false });
    await admin.users.create({ username: 'ann2', email: 'ann@acme.test', enabled: true });
    expect(await reads('ann@acme.test')).toBeNull(); // one of two, and nobody knows which
  });
});

describe('src/adapters/keycloak/application-links', () => {
  it('reads the base URL of a client, which Keycloak tells anybody', async () => {
    const { admin, realm } = acme;
    const clients = {
      absolute: { baseUrl: 'https://partners.acme.com/start' },
      relative: { rootUrl: 'https://partners.acme.com', baseUrl: '/start?x=1' },
      'root only': { rootUrl: 'https://root.acme.com' },
      'odd/id?x#y %41': { baseUrl: 'https://odd.acme.com/' },
      'on keycloak': { baseUrl: '/start' },
      plain: { baseUrl: 'http://plain.acme.com/' },
      none: {},
    };
    for (const [clientId, urls] of Object.entries(clients)) {
      await admin.clients.create({ clientId, ...urls });
    }
    const links = await Promise.all(
      [...Object.keys(clients), 'account', 'no such client'].map((id) => keycloak.linkOf(realm, id)),
    );
    expect(links).toEqual([
      'https://partners.acme.com/start',
      'https://partners.acme.com/start?x=1',
      'https://root.acme.com/',
      'https://odd.acme.com/',
      null,
      null,
      null,
      null,
      null,
    ]);
    expect(await keycloak.linkOf('no such realm', 'absolute')).toBeNull();
  });
});

describe('src/adapters/keycloak/events', () => {
  it('finds the registrations from one IP address, from a time in ms on', async () => {
    const started = Date.now();
    await registered('near');
    await registered('nearer');
    const [event] = await until(
      'two events',
      () => keycloak.events.registrations(acme.realm, { from: started }),
      ({ length }) => length === 2,
    );
    const ip = String(event?.['ipAddress']);
    const from = async (query: { ip: string; from?: number; max?: number }) =>
      (await keycloak.events.registrations(acme.realm, { from: started, ...query })).length;

    expect(await from({ ip })).toBe(2);
    expect(await from({ ip, max: 1 })).toBe(1);
    expect(await from({ ip, from: (event?.time ?? 0) + 1 })).toBe(1);
    expect(await from({ ip: '192.0.2.200' })).toBe(0);
    const approval = asked({ realm: acme.realm, ip, registeredAt: event?.time ?? 0 });
    const recentOf = createRecent({ events: keycloak.events, now: Date.now, patienceMs: 10_000 });
    expect((await recentOf(approval)).fromAddress).toBeGreaterThanOrEqual(2);
  });

  it('finds registrations in the event store, the oldest first, in pages, from a time on', async () => {
    const started = Date.now();
    const [first, second] = [await registered('one'), await registered('two')];
    const from = (first: number, max: number, from = started) =>
      keycloak.events.registrations(acme.realm, { from, first, max });
    const events = await until(
      'two events',
      () => from(0, 10),
      ({ length }) => length === 2,
    );
    expect(events.map(({ userId, type }) => [userId, type])).toEqual([
      [first, 'REGISTER'],
      [second, 'REGISTER'],
    ]);
    expect((await from(1, 1)).map(({ userId }) => userId)).toEqual([second]);
    expect((await from(0, 10, events[1]?.time)).map(({ userId }) => userId)).toEqual([second]);
  });

  describe('sees whether somebody else disabled an account, by the admin events', () => {
    const save = (adminEventsEnabled: boolean, adminEventsDetailsEnabled = true) =>
      acme.admin.realms.update({ realm: acme.realm }, { adminEventsEnabled, adminEventsDetailsEnabled });

    it.each<[string, boolean, (by: (enabled: boolean) => Promise<void>, us: Keycloak, id: string) => Promise<void>]>([
      ['nobody', false, async () => undefined],
      [
        'this service alone',
        false,
        async (_, { accounts }, id) =>
          void (await accounts.apply({ realm: acme.realm, userId: id }, { kind: 'disable' })),
      ],
      ['an administrator', true, async (by) => by(false)],
      [
        'an administrator, after this service',
        true,
        async (by, { accounts }, id) => {
          await accounts.apply({ realm: acme.realm, userId: id }, { kind: 'disable' });
          await by(true);
          await by(false);
        },
      ],
      [
        'an administrator, who then enabled it',
        false,
        async (by) => {
          await by(false);
          await by(true);
        },
      ],
      [
        'nobody, but an administrator changed something else',
        false,
        async (_, __, id) => acme.admin.users.update({ id }, { requiredActions: [] }),
      ],
    ])('%s', async (who, expected, act) => {
      await save(true);
      const id = await registered(`seen-${who.replaceAll(/\W+/g, '-')}`);
      const since = Date.now() - 60_000;
      await act(async (enabled) => acme.admin.users.update({ id }, { enabled }), keycloak, id);
      const found = await keycloak.events.disabledByOther({ realm: acme.realm, userId: id }, since);
      expect(found !== null).toBe(expected);
      const user = { realm: acme.realm, userId: id };
      const enabler = await keycloak.events.enabledByOther(user, since);
      expect(enabler !== null).toBe(who === 'an administrator, who then enabled it');
      await expect(keycloak.events.disabledHere(user, since)).resolves.toBe(who === 'this service alone');
      await expect(keycloak.events.switched(user, since)).resolves.toBe(!who.startsWith('nobody'));
      if (found !== null) {
        expect(found.by).toMatch(/^user [0-9a-f-]{36}$/);
        expect(Math.abs(found.at - Date.now())).toBeLessThan(60_000);
        await expect(
          keycloak.events.disabledByOther({ realm: acme.realm, userId: id }, Date.now() + 60_000),
        ).resolves.toBeNull();
      }
    });

    it('takes an update without details for one that may have disabled it', async () => {
      await save(true, false);
      const userId = await registered('no-details');
      await acme.admin.users.update({ id: userId }, { requiredActions: [] });
      await expect(keycloak.events.disabledByOther({ realm: acme.realm, userId }, 0)).resolves.not.toBeNull();
      await expect(keycloak.events.enabledByOther({ realm: acme.realm, userId }, 0)).resolves.toBeNull();
    });

    it('takes its own update without details for a disable, if nobody else updated the account', async () => {
      await save(true, false);
      const userId = await registered('own-no-details');
      await keycloak.accounts.apply({ realm: acme.realm, userId }, { kind: 'disable' });
      await expect(keycloak.events.disabledHere({ realm: acme.realm, userId }, 0)).resolves.toBe(true);
      await acme.admin.users.update({ id: userId }, { requiredActions: [] });
      await keycloak.accounts.apply({ realm: acme.realm, userId }, { kind: 'disable' });
      await expect(keycloak.events.disabledHere({ realm: acme.realm, userId }, 0)).resolves.toBe(false);
    });

    it('sees nothing where the realm saves none', async () => {
      await save(false);
      const userId = await registered('unsaved');
      await acme.admin.users.update({ id: userId }, { enabled: false });
      await expect(keycloak.events.disabledByOther({ realm: acme.realm, userId }, 0)).resolves.toBeNull();
    });
  });

  it('knows a realm by its id, among those that the rules name', async () => {
    const id = (await acme.admin.realms.findOne({ realm: acme.realm }))?.id ?? '';
    expect(await keycloak.events.realmName(id, [acme.realm])).toBe(acme.realm);
    await expect(keycloak.events.realmName('another', [acme.realm])).rejects.toMatchObject({ code: 'REALM_UNKNOWN' });
  });
});
