import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { redirectUri } from '../../stack/realm.ts';
import { addBrokerGate } from './support/gate.ts';
import { createRealm, stackEnv, type TestRealm } from './support/realm.ts';
import { loginThroughForm } from './support/registration-form.ts';

const held = 'partner-portal';
const open = 'shop';
const alias = 'head-office';
const brokerClient = 'brokering-realm';
const password = 'correct horse';

describe('keycloak, with an identity provider', () => {
  let realm: TestRealm;
  /** Another realm of the same server, as the identity provider. */
  let office: TestRealm;

  /** Somebody whom the identity provider knows, and who has never been here. */
  const employ = (username: string) =>
    office.admin.users.create({
      username,
      enabled: true,
      email: `${username}@example.test`,
      emailVerified: true,
      firstName: 'Mia',
      lastName: 'Meyer',
      credentials: [{ type: 'password', value: password, temporary: false }],
    });
  const comeThroughOffice = (clientId: string, username: string) =>
    loginThroughForm({
      keycloakUrl: stackEnv.KEYCLOAK_URL,
      realm: realm.realm,
      clientId,
      redirectUri,
      username,
      password,
      query: { kc_idp_hint: alias },
    });

  beforeAll(async () => {
    realm = await createRealm({ prefix: 'brokered', clients: [{ clientId: held }, { clientId: open }] });
    office = await createRealm({ prefix: 'office', clients: [] });
    const endpoints = `${stackEnv.KEYCLOAK_URL}/realms/${office.realm}/protocol/openid-connect`;
    const secret = 'between the realms';
    await office.admin.clients.create({
      clientId: brokerClient,
      secret,
      redirectUris: [`${stackEnv.KEYCLOAK_URL}/realms/${realm.realm}/broker/${alias}/endpoint`],
    });
    await realm.admin.identityProviders.create({
      alias,
      providerId: 'oidc',
      firstBrokerLoginFlowAlias: await addBrokerGate(realm.admin, ['partner-*']),
      config: {
        authorizationUrl: `${endpoints}/auth`,
        tokenUrl: `${endpoints}/token`,
        clientId: brokerClient,
        clientSecret: secret,
        clientAuthMethod: 'client_secret_post',
        defaultScope: 'openid profile email',
        syncMode: 'IMPORT',
      },
    });
  }, 120_000);

  afterAll(async () => {
    await realm?.dispose();
    await office?.dispose();
  });

  describe('the gate', () => {
    it('holds a new user who comes through an identity provider, and lets in who was let in', async () => {
      await employ('ann');

      const first = await comeThroughOffice(held, 'ann');

      expect(first.outcome).toBe('page');
      expect(first.page).toContain('Almost there');
      const user = await realm.userNamed('ann');
      expect(user?.requiredActions).toEqual(['vestibule-pending']);
      expect(await realm.sessionsOf(user?.id ?? '')).toBe(0);

      await realm.admin.users.update({ id: user?.id ?? '' }, { requiredActions: [] });

      expect((await comeThroughOffice(held, 'ann')).outcome).toBe('code');
    }, 60_000);

    it('leaves who comes for another client alone', async () => {
      await employ('ben');

      expect((await comeThroughOffice(open, 'ben')).outcome).toBe('code');
    }, 60_000);

    it('makes no user while the realm would not heed the hold, and holds the next try', async () => {
      await employ('cid');
      const flows = realm.admin.authenticationManagement;
      const action = await flows.getRequiredActionForAlias({ alias: 'vestibule-pending' });
      await flows.updateRequiredAction({ alias: 'vestibule-pending' }, { ...action, enabled: false });
      try {
        const { outcome, page } = await comeThroughOffice(held, 'cid');

        expect(outcome).toBe('error');
        expect(page).toContain('Registration is not possible at the moment');
        expect(await realm.userNamed('cid')).toBeUndefined();
      } finally {
        await flows.updateRequiredAction({ alias: 'vestibule-pending' }, { ...action, enabled: true });
      }

      expect((await comeThroughOffice(held, 'cid')).page).toContain('Almost there');
    }, 60_000);
  });
});
