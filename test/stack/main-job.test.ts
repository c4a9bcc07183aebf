import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { press } from '../../stack/press.ts';
import { loginThroughForm } from './support/registration-form.ts';
import { redirectUri } from '../../stack/realm.ts';
import { linkIn, mailsTo, mailTo } from './support/inbox.ts';
import { createRealm, stackEnv, type TestRealm } from './support/realm.ts';
import { startService, type TestService } from './support/service.ts';
import { until } from './support/until.ts';

let acme: TestRealm;
let service: TestService;
let desk: string;

beforeAll(async () => {
  acme = await createRealm({
    prefix: 'main-job',
    clients: [{ clientId: 'blog' }, { clientId: 'partner-portal', roles: ['member'] }, { clientId: 'staff-tool' }],
    groups: ['/readers', '/partners'],
  });
  desk = `desk@${acme.realm}.test`;
  const file = (client: string, then: string): string =>
    `version: 1\nrealm: ${acme.realm}\nclients: [${client}]\nrules:\n${then}`;
  service = await startService({
    secret: acme.secret,
    rules: {
      'blog.yaml': file('blog', '  - name: welcome\n    then: [{ join-group: /readers }, { notify-user: welcome }]\n'),
      'staff.yaml': file('staff-tool', '  - name: closed\n    then: [disable-user]\n'),
      'portal.yaml': file(
        'partner-portal',
        `  - name: throwaway mail
    when: { email-domain: trash.test }
    then: [{ notify-user: refused }, delete-user]
  - name: the desk decides
    then:
      - request-approval:
          approvers: [${desk}]
          approved: [{ join-group: /partners }, { grant-role: { client: partner-portal, role: member } }]
          rejected: [delete-user]
`,
      ),
    },
  });
}, 120_000);

afterAll(async () => {
  await service?.dispose();
  await acme?.dispose();
});

// Of this realm alone: the inbox is one for all, and keeps what earlier runs sent.
const mailOf = (username: string): string => `${username}@people.${acme.realm}.test`;

const idOf = async (username: string): Promise<string> => {
  const user = await until(
    `user ${username}`,
    () => acme.userNamed(username),
    (found) => found !== undefined,
  );
  return user?.id ?? '';
};

const logIn = (username: string) =>
  loginThroughForm({
    keycloakUrl: stackEnv.KEYCLOAK_URL,
    realm: acme.realm,
    clientId: 'partner-portal',
    redirectUri,
    username,
    password: 'correct horse',
  });

describe('src/app/service', () => {
  it('lets people into the open application, with its group, and welcomes them', async () => {
    await acme.register('blog', 'bea', mailOf('bea'));
    const id = await idOf('bea');
    await until(
      'the group',
      () => acme.groupsOf(id),
      (groups) => groups.includes('/readers'),
    );
    expect(await acme.userNamed('bea')).toMatchObject({
      enabled: true,
      email: mailOf('bea'),
      firstName: 'Mia',
      lastName: 'Meyer',
    });
    expect((await mailTo(mailOf('bea'), 'Welcome')).text).toContain('blog');
  });

  it('shuts anyone who registers through the closed application out: disabled, and no session left', async () => {
    await acme.register('staff-tool', 'eve', mailOf('eve'));
    const id = await idOf('eve');
    await until(
      'disabled',
      () => acme.userNamed('eve'),
      (user) => user?.enabled === false,
    );
    await until(
      'no session',
      () => acme.sessionsOf(id),
      (sessions) => sessions === 0,
    );
    expect((await logIn('eve')).outcome).toBe('page');
  });

  it('deletes anyone who comes with throwaway mail, after telling them', async () => {
    await acme.register('partner-portal', 'tom', 'tom@trash.test');
    await mailTo('tom@trash.test', 'not accepted');
    await until(
      'deleted',
      () => acme.userNamed('tom'),
      (user) => user === undefined,
    );
  });

  it('holds a partner until the desk approves through the link in its mail, then lets them in and tells them', async () => {
    await acme.register('partner-portal', 'paul', mailOf('paul'));
    const id = await idOf('paul');
    const asked = await mailTo(desk, 'wants to join');
    expect(await acme.userNamed('paul')).toMatchObject({ enabled: false });
    expect(await acme.sessionsOf(id)).toBe(0);
    await mailTo(mailOf('paul'), 'being reviewed');

    const link = linkIn(asked);
    const page = await (await fetch(link)).text();
    expect(page).toContain(mailOf('paul'));
    const answer = await press(link, 'approve');
    expect(answer.status).toBe(200);
    expect(await answer.text()).toContain('Approved by you');

    await mailTo(mailOf('paul'), 'is approved');
    const user = await acme.userNamed('paul');
    expect(user).toMatchObject({
      enabled: true,
      email: mailOf('paul'),
      firstName: 'Mia',
      lastName: 'Meyer',
      username: 'paul',
    });
    expect(await acme.groupsOf(id)).toEqual(['/partners']);
    expect(await acme.rolesOf(id, 'partner-portal')).toEqual(['member']);
    expect((await logIn('paul')).outcome).toBe('code');
  });

  it('tells and deletes a partner whom the desk rejects', async () => {
    await mailTo(desk, 'wants to join');
    const before = (await mailsTo(desk)).length;
    await acme.register('partner-portal', 'nina', mailOf('nina'));
    const mails = await until(
      'the mail',
      () => mailsTo(desk),
      (all) => all.length > before,
    );
    const link = linkIn(mails[0] ?? (await mailTo(desk, 'wants to join')));
    await press(link, 'reject');
    await until(
      'deleted',
      () => acme.userNamed('nina'),
      (user) => user === undefined,
    );
    await mailTo(mailOf('nina'), 'not approved');
  });

  it('shows the same link ever so often without deciding anything', async () => {
    const before = (await mailsTo(desk)).length;
    await acme.register('partner-portal', 'olga', mailOf('olga'));
    const [mail] = await until(
      'the mail',
      () => mailsTo(desk),
      (all) => all.length > before,
    );
    const link = linkIn(mail ?? (await mailTo(desk, 'wants to join')));
    for (const method of ['GET', 'HEAD', 'GET', 'HEAD', 'GET']) {
      expect((await fetch(link, { method })).status).toBe(200);
    }
    expect(await (await fetch(link)).text()).toContain('value="approve"');
    expect(await acme.userNamed('olga')).toMatchObject({ enabled: false });
  });

  it('writes to the person in the language of the page that they saw', async () => {
    await acme.register('blog', 'greta', mailOf('greta'), 'de');
    expect((await mailTo(mailOf('greta'), 'Willkommen')).html).toContain('<html lang="de"');
  });

  it('writes no personal data into its log', () => {
    const log = JSON.stringify(service.log);
    expect(log).toContain('step');
    expect(log).not.toMatch(/@people\.|@trash\.test|Meyer|approvals\/k1/);
  });

  it('says that it is ready, and how long doors stood open', async () => {
    const ready = await fetch(`${service.opsUrl}/readyz`);
    expect(ready.status).toBe(200);
    const metrics = await (await fetch(`${service.opsUrl}/metrics`)).text();
    expect(metrics).toMatch(
      new RegExp(`vestibule_lockout_seconds_count\\{realm="${acme.realm}",client="staff-tool"\\} 1`),
    );
  });

  it('stops when it is told to, after finishing what is under way', async () => {
    await expect(service.stop()).resolves.toBe(0);
  });
});
