import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { redirectUri } from '../../stack/realm.ts';
import { vestibule } from './support/command.ts';
import { createRealm, stackEnv, type TestRealm } from './support/realm.ts';

const portal = 'partner-portal';
const shop = 'shop';

describe('vestibule setup --field', () => {
  let realm: TestRealm;
  const setup = (...args: string[]) => vestibule(['setup', '--realm', realm.realm, ...args], process.env);
  /** The registration form of a client, as a browser gets it. */
  const formOf = async (clientId: string): Promise<string> => {
    const address = new URL(`${stackEnv.KEYCLOAK_URL}/realms/${realm.realm}/protocol/openid-connect/auth`);
    address.search = new URLSearchParams({
      client_id: clientId,
      redirect_uri: redirectUri,
      response_type: 'code',
      scope: 'openid',
      prompt: 'create',
    }).toString();
    return (await fetch(address)).text();
  };

  beforeAll(async () => {
    realm = await createRealm({ prefix: 'field', clients: [{ clientId: portal }, { clientId: shop }] });
  }, 60_000);

  afterAll(() => realm?.dispose());

  it('shows with --plan what it would change, and changes nothing', async () => {
    const before = await realm.admin.users.getProfile();
    const { code, out } = await setup('--field', `${portal}:company_name`, '--plan');
    expect([code, out]).toEqual([0, expect.stringContaining('add the attribute "company_name"')]);
    expect(await realm.admin.users.getProfile()).toEqual(before);
  }, 60_000);

  it('asks for the attribute, and requires it, in the form of that client only, and finds nothing the second time', async () => {
    const before = await realm.admin.users.getProfile();
    expect(await setup('--field', `${portal}:company_name`, '--yes')).toMatchObject({ code: 0, err: '' });

    expect(await formOf(portal)).toContain('name="company_name"');
    expect(await formOf(shop)).not.toContain('company_name');
    // The test's form has no such field.
    expect((await realm.register(portal, 'ann')).page).toContain('name="company_name"');
    expect(await realm.userNamed('ann')).toBeUndefined();
    expect((await realm.register(shop, 'ben')).outcome).toBe('code');

    const { attributes = [] } = await realm.admin.users.getProfile();
    expect(attributes).toEqual([...(before.attributes ?? []), expect.objectContaining({ name: 'company_name' })]);
    expect(await setup('--field', `${portal}:company_name`, '--yes')).toMatchObject({
      code: 0,
      out: `Realm ${realm.realm}: nothing to change.\n`,
    });
  }, 60_000);

  it('leaves the service its calls: an account without the attribute can be disabled', async () => {
    const id = (await realm.userNamed('ben'))?.id ?? '';
    await realm.admin.users.update({ id }, { enabled: false });
    expect((await realm.admin.users.findOne({ id }))?.enabled).toBe(false);
  }, 60_000);

  it('asks for it in a second client too', async () => {
    expect(await setup('--field', `${shop}:company_name`, '--yes')).toMatchObject({ code: 0, err: '' });
    for (const client of [portal, shop]) {
      expect(await formOf(client)).toContain('name="company_name"');
    }
  }, 60_000);

  it('leaves an attribute alone that somebody else made, and says what differs', async () => {
    const profile = await realm.admin.users.getProfile();
    await realm.admin.users.updateProfile({
      ...profile,
      attributes: [
        ...(profile.attributes ?? []),
        { name: 'department', permissions: { view: ['admin'], edit: ['admin'] } },
      ],
    });
    const before = await realm.admin.users.getProfile();
    expect(await setup('--field', `${portal}:department`, '--yes')).toMatchObject({
      code: 2,
      err: expect.stringContaining('"department" with other settings, and they stay: every registration asks for it'),
    });
    expect(await realm.admin.users.getProfile()).toEqual(before);
  }, 60_000);

  it('names a client that is not there, and a field that it cannot read', async () => {
    expect(await setup('--field', 'partner-potral:company_name', '--yes')).toMatchObject({
      code: 2,
      err: expect.stringContaining('There is no client "partner-potral"'),
    });
    expect(await setup('--field', 'company_name')).toMatchObject({
      code: 2,
      err: expect.stringContaining('--field must be CLIENT:ATTRIBUTE'),
    });
  }, 60_000);
});
