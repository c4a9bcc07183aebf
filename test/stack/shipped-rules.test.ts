import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { projectDir } from '../../stack/paths.ts';
import { mailTo } from './support/inbox.ts';
import { createRealm, type TestRealm } from './support/realm.ts';
import { startService, type TestService } from './support/service.ts';
import { until } from './support/until.ts';

let acme: TestRealm;
let service: TestService;
let dir: string;

beforeAll(async () => {
  acme = await createRealm({
    prefix: 'shipped',
    clients: [
      { clientId: 'blog' },
      { clientId: 'shop' },
      { clientId: 'partner-portal', roles: ['member'] },
      { clientId: 'staff-tool' },
    ],
    groups: ['/readers', '/customers', '/partners', '/staff'],
    setup: { gates: ['partner-portal'] },
  });
  // The rules as they are, but for the realm.
  dir = await mkdtemp(join(tmpdir(), 'vestibule-shipped-'));
  await cp(join(projectDir, 'rules'), dir, { recursive: true });
  for (const name of (await readdir(dir)).filter((file) => file.endsWith('.yaml'))) {
    const text = await readFile(join(dir, name), 'utf8');
    await writeFile(join(dir, name), text.replace(/^realm: acme$/m, `realm: ${acme.realm}`));
  }
  service = await startService({ secret: acme.secret, rules: {}, env: { RULES_DIR: dir } });
}, 120_000);

afterAll(async () => {
  await service?.dispose();
  await acme?.dispose();
  await rm(dir, { recursive: true, force: true });
});

async function groupsOf(username: string): Promise<readonly (string | undefined)[]> {
  const id = (await acme.userNamed(username))?.id;
  return id === undefined ? [] : acme.groupsOf(id);
}

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
    expect(await acme.userNamed(name)).toMatchObject({ enabled: true });
  });

  it.each(['shop', 'partner-portal'])('deletes throwaway mail from the %s', async (client) => {
    const name = `tom-${client}`;
    await acme.register(client, name, `${name}@mailinator.com`);
    await until(
      'the account is gone',
      () => acme.userNamed(name),
      (user) => user === undefined,
    );
  });

  it('holds anyone who registers for the partner portal before the first token', async () => {
    expect(await acme.register('partner-portal', 'paul')).toMatchObject({
      outcome: 'page',
      page: expect.stringContaining('Almost there'),
    });
    expect(await acme.sessionsOf((await acme.userNamed('paul'))?.id ?? '')).toBe(0);
  });

  it('shuts out anyone who registers for the staff tool', async () => {
    const name = 'eve';
    await acme.register('staff-tool', name);
    const user = await until(
      'the account is disabled',
      () => acme.userNamed(name),
      (found) => found?.enabled === false,
    );
    await until(
      'no session is left',
      () => acme.sessionsOf(user?.id ?? ''),
      (sessions) => sessions === 0,
    );
  });
});
