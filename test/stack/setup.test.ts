import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { parseEnv } from 'node:util';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { neededRoles } from '../../src/adapters/keycloak/rights.ts';
import { RealmAdmin } from '../../src/operate/setup/realm-admin.ts';
import { readConfig } from '../../src/platform/settings.ts';
import { projectDir } from '../../stack/paths.ts';
import { redirectUri } from '../../stack/realm.ts';
import { press } from '../../stack/press.ts';
import { linkIn, mailTo } from './support/inbox.ts';
import { stackEnv } from './support/realm.ts';
import { loginThroughForm, registerThroughForm } from './support/registration-form.ts';
import { startService, type TestService } from './support/service.ts';
import { until } from './support/until.ts';

const realm = `setup-${randomBytes(4).toString('hex')}`;
const desk = `desk@${realm}.test`;
const blog = 'blog';
const portal = 'partner-portal';
const password = 'correct horse';

let dir: string;
let secretFile: string;
let service: TestService | undefined;

/** A new one for each use: an administrator's token lives for a minute. */
const admin = () =>
  RealmAdmin.login(
    { url: stackEnv.KEYCLOAK_URL, user: stackEnv.KEYCLOAK_ADMIN_USER, password: stackEnv.KEYCLOAK_ADMIN_PASSWORD },
    realm,
  );

/** All that Keycloak exports of the realm: clients, flows, roles, users of service accounts, settings. */
const everything = async () =>
  (await admin()).api.realms.export({ realm, exportClients: true, exportGroupsAndRoles: true });

/** What the stack gives and an operator has not set yet. */
const blank = Object.fromEntries(
  ['EVENT_SIGNING_KEY', 'KAFKA_BROKERS', 'REDIS_URL', 'SMTP_URL', 'MAIL_FROM'].map((name) => [name, '']),
);

/** The command as ops run it. */
async function setup(...args: string[]): Promise<{ code: number | null; out: string; err: string }> {
  const child = spawn(process.execPath, [join(projectDir, 'bin/vestibule.js'), 'setup', '--realm', realm, ...args], {
    env: { ...process.env, ...blank },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  const [out, err, code] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  return { code, out, err };
}

const target = (clientId: string) => ({ keycloakUrl: stackEnv.KEYCLOAK_URL, realm, clientId, redirectUri });
const register = (clientId: string, username: string) =>
  registerThroughForm({
    ...target(clientId),
    username,
    email: `${username}@${realm}.test`,
    firstName: 'Mia',
    lastName: 'Meyer',
    password,
  });

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'vestibule-setup-'));
  secretFile = join(dir, 'secret');
  const { api } = await admin();
  await api.realms.create({
    realm,
    enabled: true,
    registrationAllowed: true,
    // Password hashing made cheap: it is not what is looked at here.
    passwordPolicy: 'hashIterations(1)',
  });
  for (const clientId of [blog, portal]) {
    await api.clients.create({
      clientId,
      publicClient: true,
      redirectUris: [redirectUri],
      attributes: { 'post.logout.redirect.uris': redirectUri },
    });
  }
  await api.groups.create({ name: 'readers' });
}, 60_000);

afterAll(async () => {
  await service?.dispose();
  await (await admin()).api.realms.del({ realm });
  await rm(dir, { recursive: true, force: true });
});

describe('src/cli/setup', () => {
  it('shows with --plan what it would change, and changes nothing', async () => {
    const before = await everything();
    const { code, out } = await setup('--plan', '--gate', portal);
    expect([code, out]).toEqual([0, expect.stringContaining('save user events')]);
    for (const words of [
      'create the client "vestibule"',
      'manage-users, view-events',
      `"${portal}"`,
      'bind the copy',
    ]) {
      expect(out).toContain(words);
    }
    expect(await everything()).toEqual(before);
  }, 60_000);

  it('changes nothing while nobody agrees', async () => {
    const before = await everything();
    expect(await setup()).toMatchObject({ code: 1, err: expect.stringMatching(/Nothing was changed.*--yes/) });
    expect(await everything()).toEqual(before);
  }, 60_000);

  it('prepares a fresh realm, hands the secret to its owner alone, and finds nothing to change the second time', async () => {
    const keyFile = join(dirname(secretFile), 'event-signing-key');
    const done = await setup('--yes', '--secret-file', secretFile);
    expect(done).toMatchObject({ code: 0, err: '' });
    expect(done.out).toContain(`--spi-events-listener--vestibule--signing-key-file=${keyFile}`);
    expect(done.out).toContain(`EVENT_SIGNING_KEY_FILE=${keyFile}`);
    for (const file of [secretFile, keyFile]) {
      expect((await stat(file)).mode & 0o777).toBe(0o600);
    }
    const prepared = await everything();
    expect(prepared.registrationFlow).toBe('registration');
    const { eventsEnabled, enabledEventTypes } = await (await admin()).api.realms.getConfigEvents({ realm });
    expect(eventsEnabled).toBe(true);
    expect(enabledEventTypes?.toSorted()).toEqual(['DELETE_ACCOUNT', 'REGISTER', 'VERIFY_EMAIL']);

    expect(await setup('--yes')).toMatchObject({ code: 0, out: `Realm ${realm}: nothing to change.\n` });
    expect(await everything()).toEqual(prepared);
  }, 60_000);

  it('writes the settings of "run", keeps what is there the second time, and names what is left to fill in', async () => {
    const file = join(dir, 'settings.env');
    const first = await setup('--settings-file', file, '--set', 'KAFKA_BROKERS=kafka:9092');
    expect(first).toMatchObject({ code: 0, err: '' });
    expect(first.out).toContain('Fill in there: REDIS_URL, SMTP_URL, MAIL_FROM, PUBLIC_URL\n');
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    const written = await readFile(file, 'utf8');
    const values = parseEnv(written) as Record<string, string>;
    expect(values).toMatchObject({
      KEYCLOAK_URL: stackEnv.KEYCLOAK_URL,
      KEYCLOAK_CLIENT_SECRET: (await readFile(secretFile, 'utf8')).trim(),
      EVENT_SIGNING_KEY_FILE: join(dir, 'event-signing-key'),
      KAFKA_BROKERS: 'kafka:9092',
    });
    const { REDIS_URL, SMTP_URL, MAIL_FROM } = stackEnv;
    const whole = { ...values, REDIS_URL, SMTP_URL, MAIL_FROM, PUBLIC_URL: 'http://127.0.0.1:8090' };
    expect(readConfig(whole).DRY_RUN).toBe(false);

    const second = await setup(
      '--settings-file',
      file,
      '--set',
      'KAFKA_BROKERS=other:9092',
      '--set',
      'MAIL_FROM=a@acme.com',
    );
    expect(second.out).toContain('MAIL_FROM');
    expect(await readFile(file, 'utf8')).toBe(written.replace('MAIL_FROM=', 'MAIL_FROM=a@acme.com'));
  }, 60_000);

  it('leaves a realm that saves every type of event every type, while it changes how long and who listens', async () => {
    const { api } = await admin();
    const before = await api.realms.getConfigEvents({ realm });
    // An empty list means all: Keycloak then names them, and the realm keeps its list empty.
    await api.realms.update(
      { realm },
      { enabledEventTypes: [], eventsExpiration: 3_600, eventsListeners: ['jboss-logging'] },
    );
    expect((await api.realms.getConfigEvents({ realm })).enabledEventTypes?.length).toBeGreaterThan(100);
    const { code, out } = await setup('--yes');
    expect([code, out]).toEqual([0, expect.stringContaining('keep saved user events for 7 days')]);
    const after = await (await admin()).api.realms.findOne({ realm });
    expect(after).toMatchObject({ enabledEventTypes: [], eventsExpiration: 7 * 86_400, eventsEnabled: true });
    expect(after?.eventsListeners?.toSorted()).toEqual(['jboss-logging', 'vestibule']);
    await (await admin()).api.realms.updateConfigEvents({ realm }, before);
  }, 60_000);

  it('gives the service account the rights it needs, and no other', async () => {
    const reply = await fetch(`${stackEnv.KEYCLOAK_URL}/realms/${realm}/protocol/openid-connect/token`, {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'client_credentials',
        client_id: 'vestibule',
        client_secret: (await readFile(secretFile, 'utf8')).trim(),
      }),
    });
    const { access_token } = (await reply.json()) as { access_token: string };
    const { resource_access } = JSON.parse(Buffer.from(access_token.split('.')[1] ?? '', 'base64url').toString()) as {
      resource_access: Record<string, { roles: string[] }>;
    };
    // `account` is what Keycloak gives every user of a realm: their own profile.
    expect(Object.keys(resource_access).toSorted()).toEqual(['account', 'realm-management']);
    expect(resource_access['realm-management']?.roles.toSorted()).toEqual([...neededRoles].toSorted());
  }, 60_000);

  it('stops before it changes anything when a client of --gate is not there', async () => {
    const before = await everything();
    expect(await setup('--yes', '--gate', 'partner-potral')).toMatchObject({
      code: 2,
      err: expect.stringContaining('There is no client "partner-potral"'),
    });
    expect(await everything()).toEqual(before);
  }, 60_000);

  it('adds with --gate the gate alone, and finds nothing to change the second time', async () => {
    const before = await everything();
    expect(await setup('--yes', '--gate', portal)).toMatchObject({ code: 0, err: '' });
    const after = await everything();
    const { registrationFlow, authenticationFlows: flows = [], clients = [] } = after;
    expect(registrationFlow).toBe('registration with gate');
    expect(flows.filter(({ alias }) => alias?.startsWith('registration'))).toHaveLength(4);
    const held = clients.filter(({ attributes }) => attributes?.['vestibule.hold'] === 'gate');
    expect(held).toMatchObject([
      { clientId: portal, redirectUris: [redirectUri], attributes: { 'post.logout.redirect.uris': redirectUri } },
    ]);
    const others = (all: typeof clients) => all.filter(({ clientId }) => clientId !== portal);
    expect(others(clients)).toEqual(others(before.clients ?? []));
    expect((await (await admin()).state([portal])).gateAction).toMatchObject({ enabled: true, belowVerifyEmail: true });

    expect(await setup('--yes', '--gate', portal)).toMatchObject({
      code: 0,
      out: `Realm ${realm}: nothing to change.\n`,
    });
    expect(await setup('--yes')).toMatchObject({ code: 0, out: `Realm ${realm}: nothing to change.\n` });
    expect(await everything()).toEqual(after);
  }, 60_000);

  it('mends a gate that somebody has switched off, and goes on where it was broken off', async () => {
    const { api } = await admin();
    const { authenticationManagement: flows } = api;
    const whole = await everything();
    const action = await flows.getRequiredActionForAlias({ alias: 'vestibule-pending' });
    await flows.updateRequiredAction({ alias: 'vestibule-pending' }, { ...action, enabled: false, priority: 1 });
    const gate = (await flows.getExecutions({ flow: 'registration with gate' })).find(
      ({ providerId }) => providerId === 'vestibule-gate',
    );
    await flows.updateExecution({ flow: 'registration with gate' }, { ...gate, requirement: 'DISABLED' });
    await api.realms.update({ realm }, { registrationFlow: 'registration' });

    const { code, out } = await setup('--yes', '--gate', portal);

    expect([code, out]).toEqual([0, expect.stringContaining('below Verify Email')]);
    const mended = await everything();
    expect(mended.registrationFlow).toBe('registration with gate');
    expect(mended.authenticationFlows).toEqual(whole.authenticationFlows);
    expect((await (await admin()).state([portal])).gateAction).toMatchObject({ enabled: true, belowVerifyEmail: true });
    expect(await setup('--plan', '--gate', portal)).toMatchObject({ out: `Realm ${realm}: nothing to change.\n` });
  }, 60_000);

  it('leaves the service all it needs: people are let in, and at the gate nobody gets a code before somebody approves', async () => {
    const file = (client: string, then: string): string =>
      `version: 1\nrealm: ${realm}\nclients: [${client}]\nrules:\n  - name: rule\n    then: [${then}]\n`;
    service = await startService({
      secret: (await readFile(secretFile, 'utf8')).trim(),
      rules: {
        'blog.yaml': file(blog, 'join-group: /readers'),
        'portal.yaml': file(portal, `request-approval: { approvers: [${desk}], hold: gate }`),
      },
    });
    const { api } = await admin();
    const idOf = async (username: string) => (await api.users.find({ username, exact: true }))[0]?.id ?? '';

    expect((await register(blog, 'bea')).outcome).toBe('code');
    const bea = await idOf('bea');
    await until(
      'the group',
      async () => (await api.users.listGroups({ id: bea })).map(({ path }) => path),
      (groups) => groups.includes('/readers'),
    );

    const logIn = () => loginThroughForm({ ...target(portal), username: 'paul', password });
    expect(await register(portal, 'paul')).toMatchObject({
      outcome: 'page',
      page: expect.stringContaining('Almost there'),
    });
    const asked = await mailTo(desk, 'wants to join');
    expect((await logIn()).outcome).toBe('page');
    expect(await api.users.listSessions({ id: await idOf('paul') })).toEqual([]);

    await press(linkIn(asked), 'approve');
    await mailTo(`paul@${realm}.test`, 'is approved');
    expect((await logIn()).outcome).toBe('code');
  }, 90_000);
});
