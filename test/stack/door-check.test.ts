import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { vestibule } from './support/command.ts';
import { addIdentityProvider } from './support/identity-provider.ts';
import { createRealm, stackEnv, type TestRealm } from './support/realm.ts';

describe('the door, as check --live and doctor see it', () => {
  let realm: TestRealm;
  let office: TestRealm;
  let rules: string;

  const live = (env: Readonly<Record<string, string | undefined>> = process.env) =>
    vestibule(['check', '--rules', rules, '--live'], env);
  /** As the service account: the administrator is not named. */
  const serviceAccount = () => ({
    KEYCLOAK_URL: stackEnv.KEYCLOAK_URL,
    KEYCLOAK_CLIENT_SECRET: realm.secret,
    RULES_DIR: rules,
  });
  const doctor = async (env: Readonly<Record<string, string | undefined>>) => {
    const { out } = await vestibule(['doctor', '--format', 'json'], env);
    return (JSON.parse(out) as { findings: { id: string; what: string }[] }).findings;
  };
  const asAdministrator = () => ({ ...process.env, ...serviceAccount() });
  const ids = (found: readonly { id: string }[]) => found.map(({ id }) => id);

  beforeAll(async () => {
    realm = await createRealm({ prefix: 'guarded', clients: [{ clientId: 'partner-portal' }], groups: ['/partners'] });
    office = await createRealm({ prefix: 'office', clients: [] });
    await addIdentityProvider(realm, office, { alias: 'head-office' });
    rules = await mkdtemp(join(tmpdir(), 'vestibule-door-'));
    await writeFile(
      join(rules, 'portal.yaml'),
      `version: 1
realm: ${realm.realm}
clients: [partner-portal]
hold: gate
rules:
  - name: throwaway
    when: { email-domain: throwaway.example }
    then: [refuse-registration]
  - name: the desk decides
    then: [{ request-approval: { approvers: [desk@acme.com], hold: gate, approved: [{ join-group: /partners }] } }]
`,
    );
  }, 120_000);

  afterAll(async () => {
    await realm?.dispose();
    await office?.dispose();
    await rm(rules, { recursive: true, force: true });
  });

  it('names each way to an account that has no door or no gate, and the remedy', async () => {
    const { code, out } = await live();
    expect(code).toBe(1);
    for (const words of [
      '4:1 hold: "hold: gate" needs the gate',
      'the registration form (flow "registration": vestibule-gate is not there)',
      'the identity provider head-office (flow "first broker login": vestibule-door-broker is not there)',
      `vestibule setup --realm ${realm.realm} --door`,
    ]) {
      expect(out).toContain(words);
    }
    expect(ids(await doctor(asAdministrator()))).toEqual(
      expect.arrayContaining(['keycloak-door-flow', 'keycloak-gate-flow']),
    );
  }, 60_000);

  it('says what the service account may not see, and raises no alarm', async () => {
    const { out } = await live(serviceAccount());
    expect(out).toContain('whether the door and the gate stand in the flows');
    const found = await doctor(serviceAccount());
    expect(found.find(({ what }) => what.includes('the door and the gate'))?.id).toBe('keycloak-not-visible');
  }, 60_000);

  it('finds nothing of that after setup --door', async () => {
    expect(await vestibule(['setup', '--realm', realm.realm, '--door', '--yes'], process.env)).toMatchObject({
      code: 0,
    });
    expect((await live()).out).not.toMatch(/needs the (door|gate)/);
    const found = ids(await doctor(asAdministrator()));
    expect(found).toContain('keycloak-door');
    expect(found).not.toContain('keycloak-door-flow');
  }, 60_000);

  it('names an identity provider that was added later with the built-in first login flow, until setup ran again', async () => {
    await addIdentityProvider(realm, office, { alias: 'late' });
    const { code, out } = await live();
    expect(code).toBe(1);
    expect(out).toContain('the identity provider late (flow "first broker login": vestibule-door-broker is not there)');
    expect(out).not.toContain('the identity provider head-office');
    const found = await doctor(asAdministrator());
    expect(found.find(({ id }) => id === 'keycloak-door-flow')?.what).toContain('the identity provider late');
    const setup = ['setup', '--realm', realm.realm, '--door'];
    expect((await vestibule([...setup, '--plan'], process.env)).out).toContain(
      'bind the flow "first broker login with door" as the first login of the identity provider "late"',
    );

    expect(await vestibule([...setup, '--yes'], process.env)).toMatchObject({ code: 0 });
    expect((await live()).out).not.toMatch(/needs the (door|gate)/);
  }, 60_000);

  it('finds a default group that gives what approval is to give', async () => {
    const [group] = await realm.admin.groups.find({ search: 'partners' });
    await realm.admin.realms.addDefaultGroup({ realm: realm.realm, id: group?.id ?? '' });
    expect((await live()).out).toContain('puts every new user into the group /partners, so people have /partners');
    await realm.admin.realms.removeDefaultGroup({ realm: realm.realm, id: group?.id ?? '' });
    expect((await live()).out).not.toContain('every new user');
  }, 60_000);

  it('finds a request header that the listener does not look for, also as the service account', async () => {
    await writeFile(
      join(rules, 'shop.yaml'),
      `version: 1
realm: ${realm.realm}
clients: [shop]
rules:
  - name: strangers
    when: { not: { request-header: { x-partner-id: "*" } } }
    then: [refuse-registration]
`,
    );
    for (const env of [process.env, serviceAccount()]) {
      expect((await live(env)).out).toContain('the listener of Keycloak looks for no request header x-partner-id');
    }
    for (const env of [asAdministrator(), serviceAccount()]) {
      expect(ids(await doctor(env))).toContain('keycloak-headers');
    }
  }, 60_000);
});
