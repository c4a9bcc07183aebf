import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { main } from '../../src/cli.ts';
import type { Io } from '../../src/cli/command.ts';
import { createRealm, stackEnv, type TestRealm } from './support/realm.ts';

let acme: TestRealm;
const folders: string[] = [];

beforeAll(async () => {
  acme = await createRealm({
    prefix: 'live',
    clients: [{ clientId: 'blog', roles: ['member'] }, { clientId: 'vault' }],
    groups: ['/readers', '/partners'],
  });
}, 60_000);

afterAll(async () => {
  await Promise.all(folders.map((dir) => rm(dir, { recursive: true })));
  await acme?.dispose();
});

async function rulesOf(files: Readonly<Record<string, string>>): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'vestibule-live-'));
  folders.push(dir);
  await Promise.all(Object.entries(files).map(([name, text]) => writeFile(join(dir, name), text)));
  return dir;
}

/** A command as somebody types it, who has the settings of the service account. */
async function vestibule(argv: readonly string[], env: Io['env'] = {}) {
  const out: string[] = [];
  const err: string[] = [];
  const code = await main(argv, {
    stdout: (text) => void out.push(text),
    stderr: (text) => void err.push(text),
    stdin: () => Promise.resolve(''),
    env: { KEYCLOAK_URL: stackEnv.KEYCLOAK_URL, KEYCLOAK_CLIENT_SECRET: acme.secret, ...env },
  });
  return { code, out: out.join(''), err: err.join('') };
}

describe('src/cli/explain', () => {
  let rules: string;
  beforeAll(async () => {
    rules = await rulesOf({
      'blog.yaml': `version: 1
realm: ${acme.realm}
clients: [blog]
rules:
  - name: verified
    when: { email-verified: true }
    then: [{ join-group: /readers }]
  - name: a flood
    when: { registrations-over: { count: 1, within: 1h, by: domain } }
    then: [disable-user]
  - name: the first
    then: []
`,
    });
  });
  const explain = (who: string) => vestibule(['explain', '--rules', rules, '--realm', acme.realm, '--user', who]);

  it('explains a person by user name, id or e-mail address, with the account as Keycloak has it now', async () => {
    await acme.register('blog', 'ann', 'ann@one.test');
    const { id = '' } = (await acme.userNamed('ann')) ?? {};
    for (const who of ['ann', id, 'ann@one.test', 'ANN']) {
      const { code, out } = await explain(who);
      expect([who, code]).toEqual([who, 0]);
      expect(out).toContain(`ann@one.test registered for blog in realm ${acme.realm} (form)\n`);
      expect(out).toContain('the account as it is now: enabled, e-mail address not verified');
      expect(out).toContain('✔ 11: the first: no condition');
    }
    await acme.admin.users.update({ id }, { emailVerified: true });
    expect((await explain('ann')).out).toContain('✔ 5: verified: e-mail address is verified');
  });

  it('counts registrations in the event store, up to the one that is explained', async () => {
    await acme.register('blog', 'bob', 'bob@two.test');
    await acme.register('blog', 'cid', 'cid@two.test');
    expect((await explain('bob')).out).toContain('1 registrations by domain in 1h, at most 1');
    const { out } = await explain('cid');
    expect(out).toContain('registrations were counted in the event store: 2');
    expect(out).toContain('✔ 8: a flood: 2 registrations by domain in 1h, more than 1');
  });

  it('says who is missing, and why there is no registration', async () => {
    expect(await explain('nobody')).toMatchObject({
      code: 1,
      err: expect.stringContaining('has no user with this id'),
    });
    await acme.admin.users.create({ username: 'made', enabled: true });
    expect(await explain('made')).toMatchObject({
      code: 1,
      err: expect.stringContaining('an administrator, an import'),
    });
    const config = await acme.admin.realms.getConfigEvents({ realm: acme.realm });
    await acme.admin.realms.updateConfigEvents({ realm: acme.realm }, { ...config, eventsEnabled: false });
    const { err } = await explain('made');
    await acme.admin.realms.updateConfigEvents({ realm: acme.realm }, config);
    expect(err).toContain(`it keeps none; turn it on with "vestibule setup --realm ${acme.realm}"`);
  });

  it('needs the settings of Keycloak, and no others', async () => {
    const { code, err } = await vestibule(['explain', '--rules', rules, '--realm', acme.realm, '--user', 'ann'], {
      KEYCLOAK_URL: undefined,
    });
    expect(code).toBe(2);
    expect(err).toContain('KEYCLOAK_URL is not set');
    expect(err).not.toContain('KAFKA');
  });
});
