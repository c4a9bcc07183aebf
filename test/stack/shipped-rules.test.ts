import { randomBytes } from 'node:crypto';
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { projectDir } from '../../stack/paths.ts';
import { redirectUri } from '../../stack/realm.ts';
import { providerInfo } from './support/door.ts';
import { mailTo } from './support/inbox.ts';
import { type OwnKeycloak, startOwnKeycloak } from './support/own-keycloak.ts';
import { createRealm, stackEnv, type TestRealm } from './support/realm.ts';
import { startService, type TestService } from './support/service.ts';
import { until } from './support/until.ts';
import { messageAt, Visit } from './support/visit.ts';

/** Of its own: it follows the door policy of the shipped rules. */
let keycloak: OwnKeycloak;
let acme: TestRealm;
let service: TestService;
let dir: string;

beforeAll(async () => {
  const topic = `door-${randomBytes(4).toString('hex')}`;
  keycloak = await startOwnKeycloak(stackEnv.KAFKA_BROKERS, [`--spi-events-listener--vestibule--door-topic=${topic}`]);
  acme = await createRealm(
    {
      prefix: 'shipped',
      clients: [
        { clientId: 'blog' },
        { clientId: 'shop' },
        { clientId: 'partner-portal', roles: ['member'] },
        { clientId: 'staff-tool' },
      ],
      groups: ['/readers', '/customers', '/partners', '/staff'],
      setup: { door: true },
    },
    keycloak.env,
  );
  // The rules as they are, but for the realm.
  dir = await mkdtemp(join(tmpdir(), 'vestibule-shipped-'));
  await cp(join(projectDir, 'rules'), dir, { recursive: true });
  for (const name of (await readdir(dir)).filter((file) => file.endsWith('.yaml'))) {
    const text = await readFile(join(dir, name), 'utf8');
    await writeFile(join(dir, name), text.replace(/^realm: acme$/m, `realm: ${acme.realm}`));
  }
  service = await startService({
    secret: acme.secret,
    rules: {},
    env: { ...keycloak.env, RULES_DIR: dir, KAFKA_DOOR_TOPIC: topic },
  });
  await until(
    'the rules at the door',
    () => providerInfo(keycloak.env, 'eventsListener', 'vestibule'),
    (info) => info['door policy clients'] === '4',
    60_000,
  );
}, 300_000);

afterAll(async () => {
  await service?.dispose();
  await acme?.dispose();
  await keycloak?.dispose();
  await rm(dir, { recursive: true, force: true });
});

async function groupsOf(username: string): Promise<readonly (string | undefined)[]> {
  const id = (await acme.userNamed(username))?.id;
  return id === undefined ? [] : acme.groupsOf(id);
}

const heldBy = async (username: string) => (await acme.userNamed(username))?.requiredActions;

describe('rules/', () => {
  it.each([
    ['blog', 'bea', '/readers'],
    ['shop', 'sam', '/customers'],
  ])('lets anyone who registers for the %s in: %s is in the group %s, and welcomed', async (client, name, group) => {
    const address = `${name}@${acme.realm}.test`; // the inbox is shared
    await acme.register(client, name, address);
    await until(
      'the group',
      () => groupsOf(name),
      (groups) => groups.includes(group),
    );
    await mailTo(address, 'Welcome');
    await until(
      'nothing holds them',
      () => heldBy(name),
      (actions) => actions?.length === 0,
    );
    expect(await acme.userNamed(name)).toMatchObject({ enabled: true });
  });

  it.each(['blog', 'shop', 'partner-portal'])('refuses throwaway mail at the form of the %s', async (client) => {
    const name = `tom-${client}`;
    const form = await acme.register(client, name, `${name}@mailinator.com`);
    expect(form.outcome).toBe('page');
    expect(messageAt(form, 'email')).toContain('This e-mail address cannot be used here');
    expect(await acme.userNamed(name)).toBeUndefined();
  });

  it.each(['shop', 'partner-portal'])(
    'holds anyone who registers for the %s until it has decided',
    async (client) => {
      const name = `ann-${client}`;
      await service.stop();
      try {
        const { outcome, page } = await acme.register(client, name);
        expect(outcome).toBe('page');
        expect(page).toContain('Almost there');
        expect(await acme.sessionsOf((await acme.userNamed(name))?.id ?? '')).toBe(0);
      } finally {
        await service.restart();
      }
      const decided = client === 'shop' ? [] : ['vestibule-pending', 'vestibule-waiting'];
      await until(
        'the decision',
        () => heldBy(name),
        (actions) =>
          // Of the marks that say by when it is decided, the provider's tests say enough.
          JSON.stringify(actions?.filter((action) => !action.startsWith('vestibule-until-')).toSorted()) ===
          JSON.stringify(decided),
      );
    },
    120_000,
  );

  it('shows nobody a form of the staff tool, nor a link to one', async () => {
    const visit = new Visit({ ...target('staff-tool'), locale: 'de' });
    const login = await visit.open();
    expect(login.page).toContain('id="kc-form-login"');
    expect(login.page).not.toContain('kc-registration');
    const form = await visit.open({ prompt: 'create' });
    expect(form).toMatchObject({ status: 403, page: expect.stringContaining('Registrierung geschlossen') });
    expect(form.page).not.toContain('kc-register-form');
  });

  it('shows everybody the link to the form of the blog', async () => {
    expect((await new Visit(target('blog')).open()).page).toContain('kc-registration');
  });
});

function target(clientId: string) {
  return { keycloakUrl: keycloak.env.KEYCLOAK_URL, realm: acme.realm, clientId, redirectUri };
}
