import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser, BrowserContext, Page } from 'playwright-core';

import { openBrowser, phone } from './support/browser.ts';
import { linkIn, mailsTo, type ReceivedMail } from './support/inbox.ts';
import { createRealm, stackEnv, type TestRealm } from './support/realm.ts';
import { startService, type TestService } from './support/service.ts';
import { startTcpProxy, type TcpProxy } from './support/tcp-proxy.ts';
import { until } from './support/until.ts';

/** Holds by client: what an approver decides about can change while they look, in each of them. */
const clients = ['held', 'gated', 'open', 'own-desk', 'four-eyes'] as const;
type Client = (typeof clients)[number];

let acme: TestRealm;
let keycloak: TcpProxy;
let service: TestService;
let browser: Browser;
let contexts: BrowserContext[] = [];
let desk: string;
let boss: string;

beforeAll(async () => {
  browser = await openBrowser();
  keycloak = await startTcpProxy(stackEnv.KEYCLOAK_URL);
  acme = await createRealm({
    prefix: 'desk',
    clients: clients.map((clientId) => ({ clientId })),
    groups: ['/partners', '/own-desk'],
  });
  const { realm, admin } = acme;
  await admin.realms.update({ realm }, { adminEventsEnabled: true, adminEventsDetailsEnabled: true });
  desk = `desk@${realm}.test`;
  boss = `boss@${realm}.test`;
  const [group] = await admin.groups.find({ search: 'own-desk' });
  const { id } = await admin.users.create({ username: 'boss', email: boss, enabled: true });
  await admin.users.addToGroup({ id, groupId: group?.id ?? '' });
  service = await startService({
    secret: acme.secret,
    rules: Object.fromEntries(clients.map((client) => [`${client}.yaml`, ruleFor(client)])),
    env: { KEYCLOAK_URL: keycloak.url },
  });
}, 120_000);

afterEach(async () => {
  keycloak.heal();
  await Promise.all(contexts.map((context) => context.close()));
  contexts = [];
});

afterAll(async () => {
  await browser?.close();
  await service?.dispose();
  await keycloak?.close();
  await acme?.dispose();
});

function ruleFor(client: Client): string {
  const hold = { held: 'account', gated: 'gate', open: 'none', 'own-desk': 'account', 'four-eyes': 'none' }[client];
  const approvers = client === 'own-desk' ? '[{ group: /own-desk }]' : `[${desk}, ${boss}]`;
  const need = client === 'four-eyes' ? 2 : client === 'own-desk' ? 'all' : 1;
  return `version: 1
realm: ${acme.realm}
clients: [${client}]
rules:
  - name: somebody decides
    then:
      - request-approval:
          approvers: ${approvers}
          need: ${need}
          hold: ${hold}
          approved: [{ join-group: /partners }${client === 'open' ? ', enable-user' : ''}]
          rejected: [delete-user]
`;
}

const mailOf = (username: string): string => `${username}@${acme.realm}.test`;

async function register(client: Client, username: string): Promise<void> {
  await acme.register(client, username, mailOf(username));
}

async function userId(username: string): Promise<string> {
  return (await acme.userNamed(username))?.id ?? '';
}

async function askedAbout(username: string, approver = desk, count = 1): Promise<ReceivedMail> {
  const about = ({ subject, text }: ReceivedMail): boolean =>
    subject.includes('wants to join') && text.includes(`User name: ${username}\n`);
  const found = await until(
    `mail ${count} about ${username} to ${approver}`,
    async () => (await mailsTo(approver)).filter(about),
    (mails) => mails.length >= count,
  );
  return found.at(-1) as ReceivedMail;
}

async function openPage(link: string): Promise<Page> {
  const context = await browser.newContext({ ...phone, locale: 'en', javaScriptEnabled: false });
  contexts.push(context);
  const page = await context.newPage();
  await page.goto(link);
  return page;
}

const press = async (page: Page, name: 'Approve' | 'Reject') => {
  if (name === 'Reject') {
    await page.getByText('Reject …').click();
  }
  return Promise.all([
    page.waitForResponse((answer) => answer.request().method() === 'POST'),
    page.getByRole('button', { name }).click(),
  ]);
};
const main = (page: Page): Promise<string> => page.getByRole('main').innerText();
const buttons = (page: Page): Promise<string[]> => page.getByRole('button').allInnerTexts();

const auditOf = async (username: string, id?: string) => {
  const who = id ?? (await userId(username));
  return service.log.filter((line) => line['msg'] === 'audit' && line['userId'] === who);
};

/** Waits until what follows a vote is done, and shows the page again. */
async function afterwards(page: Page, username: string): Promise<string> {
  await until(
    `the outcome about ${username}`,
    () => auditOf(username),
    (entries) => entries.some(({ kind }) => kind === 'settled'),
  );
  return until(
    'the page after the vote',
    async () => {
      await page.goto(page.url());
      return main(page);
    },
    (text) => !/being (done|recorded)/.test(text),
  );
}

describe('an administrator disables the account while the approval waits', () => {
  it.each(['gated', 'open'] as const)(
    'S9: leaves it disabled: %s, where this system never disabled it',
    async (client) => {
      const username = `abuse-${client}`;
      await register(client, username);
      const link = linkIn(await askedAbout(username));
      await acme.admin.users.update({ id: await userId(username) }, { enabled: false });
      const page = await openPage(link);
      expect(await main(page)).toContain('This account is disabled, and not by this service.');

      await press(page, 'Approve');

      expect(await afterwards(page, username)).toContain(
        'The account stays disabled: it was not disabled by this service',
      );
      expect(await acme.userNamed(username)).toMatchObject({ enabled: false });
      expect(await acme.groupsOf(await userId(username))).toContain('/partners');
      expect(await auditOf(username)).toContainEqual(expect.objectContaining({ kind: 'skipped', step: 'release' }));
      const told = (await mailsTo(mailOf(username))).filter(({ subject }) => subject.includes('is approved'));
      expect(told).toEqual([]);
    },
    60_000,
  );

  it('S9: leaves it disabled where this system had disabled it too, by the admin events', async () => {
    await register('held', 'abuse-held');
    const link = linkIn(await askedAbout('abuse-held'));
    const id = await userId('abuse-held');
    const page = await openPage(link);
    expect(await main(page)).toContain('Mia Meyer can log in');
    // Enabled and disabled again: in the account itself nothing is to be seen of it.
    await acme.admin.users.update({ id }, { enabled: true });
    await acme.admin.users.update({ id }, { enabled: false });

    await press(page, 'Approve');

    expect(await afterwards(page, 'abuse-held')).toContain('besides this service, an administrator disabled it');
    expect(await acme.userNamed('abuse-held')).toMatchObject({ enabled: false });
    expect(await auditOf('abuse-held')).toContainEqual(
      expect.objectContaining({
        kind: 'skipped',
        step: 'release',
        because: expect.stringMatching(/^user [0-9a-f-]{36} disabled the account at /),
      }),
    );
    const again = await openPage(page.url());
    expect(await main(again)).toContain('besides this service, an administrator disabled it');
  }, 60_000);

  it('opens it where nobody else disabled it, whatever else administrators did', async () => {
    await register('held', 'honest');
    const link = linkIn(await askedAbout('honest'));
    const id = await userId('honest');
    await acme.admin.users.update({ id }, { requiredActions: [] });
    await acme.admin.users.update({ id }, { enabled: false });
    await acme.admin.users.update({ id }, { enabled: true });
    await acme.admin.users.update({ id }, { requiredActions: ['TERMS_AND_CONDITIONS'] });
    const page = await openPage(link);
    expect(await main(page)).toContain('Somebody has enabled this account already.');
    await press(page, 'Approve');
    expect(await afterwards(page, 'honest')).toContain('Mia Meyer can log in');
    expect(await acme.userNamed('honest')).toMatchObject({ enabled: true });
  }, 60_000);
});

describe('what the page showed is what is decided', () => {
  it('S9: counts nothing when the person changed their name and address meanwhile, and says what changed', async () => {
    await register('open', 'shifty');
    const page = await openPage(linkIn(await askedAbout('shifty')));
    const id = await userId('shifty');
    await acme.admin.users.update(
      { id },
      { username: 'shifty', email: mailOf('ceo'), firstName: 'Clara', lastName: 'Chief' },
    );

    const [answer] = await press(page, 'Approve');

    expect(answer.status()).toBe(409);
    expect(await page.getByRole('alert').first().innerText()).toContain('has changed: e-mail and name.');
    expect(await main(page)).toContain('Clara Chief');
    expect(await acme.groupsOf(id)).not.toContain('/partners');
    expect((await auditOf('shifty')).map(({ kind }) => kind)).not.toContain('voted');

    await press(page, 'Approve');
    expect(await afterwards(page, 'shifty')).toContain('Approved by you');
    expect(await acme.groupsOf(id)).toContain('/partners');
  }, 60_000);

  it('takes back votes on a person who is another one when the approval is carried out, and asks again', async () => {
    await register('four-eyes', 'doppel');
    const first = await openPage(linkIn(await askedAbout('doppel', desk)));
    await press(first, 'Approve');
    expect(await main(first)).toContain('You voted “Approve” on');
    const id = await userId('doppel');
    await acme.admin.users.update(
      { id },
      { username: 'doppel', email: mailOf('doppel'), firstName: 'Clara', lastName: 'Chief' },
    );
    const second = await openPage(linkIn(await askedAbout('doppel', boss)));
    await press(second, 'Approve');

    const again = await openPage(linkIn(await askedAbout('doppel', desk, 2)));
    expect(await main(again)).toContain('That vote no longer counts');
    expect(await main(again)).toContain('Approvals needed: 2, so far: 1.');
    expect(await acme.groupsOf(id)).not.toContain('/partners');
    expect((await auditOf('doppel')).map(({ kind }) => kind)).toContain('reopened');

    await press(again, 'Approve');
    expect(await afterwards(again, 'doppel')).toContain('Approved by');
    expect(await acme.groupsOf(id)).toContain('/partners');
  }, 60_000);

  it('counts a vote while Keycloak is away, and carries it out when it is back', async () => {
    await register('held', 'patient');
    const page = await openPage(linkIn(await askedAbout('patient')));
    keycloak.cut();

    await press(page, 'Approve');

    await page.getByRole('status').waitFor();
    expect(await main(page)).toContain('Approved by you');
    expect(await acme.userNamed('patient')).toMatchObject({ enabled: false });
    keycloak.heal();
    await until(
      'patient is let in',
      () => acme.userNamed('patient'),
      (user) => user?.enabled === true,
      60_000,
    );
  }, 90_000);
});

describe('nobody decides about themselves', () => {
  it('does not ask the person who registered, though a default group makes them an approver', async () => {
    const [group] = await acme.admin.groups.find({ search: 'own-desk' });
    // Not before this test: everybody who registers becomes one of these approvers.
    const made = await fetch(`${stackEnv.KEYCLOAK_URL}/admin/realms/${acme.realm}/default-groups/${group?.id}`, {
      method: 'PUT',
      headers: { authorization: `Bearer ${await acme.admin.getAccessToken()}` },
    });
    expect(made.status).toBe(204);
    await register('own-desk', 'sly');
    expect(await acme.groupsOf(await userId('sly'))).toContain('/own-desk');
    const page = await openPage(linkIn(await askedAbout('sly', boss)));
    await press(page, 'Approve');
    // All must agree, and that is one.
    expect(await afterwards(page, 'sly')).toContain('Approved by you');
    const asked = (await mailsTo(mailOf('sly'))).filter(({ subject }) => subject.includes('wants to join'));
    expect(asked).toEqual([]);
  }, 60_000);

  it('does not count the vote of somebody who has the address of an approver by now', async () => {
    await register('open', 'climber');
    const page = await openPage(linkIn(await askedAbout('climber')));
    await acme.admin.users.update({ id: await userId('climber') }, { email: desk.toUpperCase() });
    const [answer] = await press(page, 'Approve');
    expect(answer.status()).toBe(409);
    expect(await main(page)).toContain('This is your own request.');
    expect(await buttons(page)).toEqual([]);
  }, 60_000);
});

describe('after the decision', () => {
  it('tells whose press came late what counts', async () => {
    await register('four-eyes', 'torn');
    const link = linkIn(await askedAbout('torn', desk));
    const [page, stale] = [await openPage(link), await openPage(link)];
    await press(page, 'Approve');
    await press(stale, 'Reject');
    expect(await page.getByRole('alert').count()).toBe(0);
    expect(await main(stale)).toMatch(
      /You pressed “Reject” just now. Your vote “Approve” of .* counts. This press changed nothing./,
    );

    const other = linkIn(await askedAbout('torn', boss));
    const [second, third] = [await openPage(other), await openPage(other)];
    await press(second, 'Reject');
    await press(third, 'Approve');
    expect(await main(third)).toMatch(
      /You pressed “Approve” just now. Your vote “Reject” of .* counts. This press changed nothing./,
    );
    expect(await main(third)).toContain('Rejected by you');
  }, 60_000);

  it('shows the outcome to old links, and nothing of the person', async () => {
    await register('held', 'private');
    const link = linkIn(await askedAbout('private'));
    const bosses = linkIn(await askedAbout('private', boss));
    const page = await openPage(link);
    const late = await openPage(bosses);
    await press(page, 'Approve');
    await press(late, 'Reject');
    expect(await main(late)).toMatch(/desk@.* had approved already, on .* Your press changed nothing\./);
    await afterwards(page, 'private');
    for (const old of [link, bosses]) {
      const text = await main(await openPage(old));
      expect(text).toMatch(/Approved by (you|desk@)/);
      expect(text).not.toMatch(/private|Mia|Meyer|127\.0\.0\.1/);
    }
  }, 60_000);
});
