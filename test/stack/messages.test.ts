import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';

import { openBrowser, phone } from './support/browser.ts';
import { addGate } from './support/gate.ts';
import { linkIn, mailsTo, mailTo } from './support/inbox.ts';
import { hardToRead, overhang } from './support/legibility.ts';
import { createRealm, stackEnv, type TestRealm } from './support/realm.ts';
import { loginThroughForm } from './support/registration-form.ts';
import { startService, type TestService } from './support/service.ts';
import { until } from './support/until.ts';
import { redirectUri } from '../../stack/realm.ts';

const portal = 'partner-portal';
const kiosk = 'kiosk';
const password = 'correct horse';

let acme: TestRealm;
let service: TestService;
let browser: Browser;
let desk: string;
let anne: string;

beforeAll(async () => {
  browser = await openBrowser();
  acme = await createRealm({
    prefix: 'messages',
    clients: [
      { clientId: portal, name: 'Partner Portal' },
      { clientId: kiosk, name: 'Kiosk' },
    ],
    groups: ['/desk'],
  });
  await addGate(acme.admin, acme.realm, [portal, kiosk]);
  desk = `desk@${acme.realm}.test`;
  anne = `anne@${acme.realm}.test`;
  const { id } = await acme.admin.users.create({
    username: 'anne',
    email: anne,
    enabled: true,
    attributes: { locale: ['fr'] },
  });
  const [group] = await acme.admin.groups.find({ search: 'desk' });
  await acme.admin.users.addToGroup({ id, groupId: group?.id ?? '' });
  service = await startService({
    secret: acme.secret,
    rules: {
      'portal.yaml': `version: 1
realm: ${acme.realm}
clients: [${portal}]
application: Partner Portal
language: de
rules:
  - name: hurried people
    when: { username: "hurried*" }
    then:
      - request-approval:
          approvers: [${desk}]
          hold: gate
          expire-after: 3s
  - name: the desk decides
    then:
      - request-approval:
          approvers: [${desk}, { group: /desk }]
          hold: gate
          rejected: [{ delete-user: { after: 30d } }]
`,
      'kiosk.yaml': `version: 1
realm: ${acme.realm}
clients: [${kiosk}]
application: Kiosk
rules:
  - name: nobody
    then: [{ delete-user: { after: 7d } }, { notify-user: refused }]
`,
    },
  });
}, 120_000);

afterAll(async () => {
  await browser?.close();
  await service?.dispose();
  await acme?.dispose();
});

// Of this realm alone: the inbox is one for all, and keeps what earlier runs sent.
const mailOf = (username: string): string => `${username}@${acme.realm}.test`;
const register = (client: string, username: string) => acme.register(client, username, mailOf(username));

/** What the person reads who logs in, when it has come to say this. */
async function reads(clientId: string, username: string, title: string): Promise<string> {
  const to = { keycloakUrl: stackEnv.KEYCLOAK_URL, realm: acme.realm, clientId, redirectUri };
  const { page } = await until(
    `the page "${title}" for ${username}`,
    () => loginThroughForm({ ...to, username, password }),
    (answer) => answer.page.includes(title),
  );
  return page;
}

async function press(page: Page, link: string, button: string): Promise<void> {
  await page.goto(link);
  if (button === 'Reject') {
    await page.getByText('Reject …').click();
  }
  await page.getByRole('button', { name: button }).click();
  await page.getByRole('status').waitFor();
}

describe('the person, and the approver', () => {
  it('read what is so: asked in their language, waiting, then rejected, with what becomes of the account', async () => {
    const { page } = await register(portal, 'rita');
    expect(page).toContain('Almost there');

    expect(await reads(portal, 'rita', 'Almost there')).toContain('Partner Portal');
    await reads(portal, 'rita', 'have been asked whether to give you access');
    const german = await mailTo(desk, 'möchte Zugang zu Partner Portal');
    expect(german.text).toContain('Benutzername: rita');
    expect((await mailTo(anne, 'demande l’accès à Partner Portal')).text).toContain('rita');
    expect((await mailTo(mailOf('rita'), 'is being reviewed')).text).toContain(
      'You can log in as soon as yours is approved.',
    );

    const context = await browser.newContext({ locale: 'en' });
    await press(await context.newPage(), linkIn(german), 'Reject');
    await context.close();

    expect(await reads(portal, 'rita', 'Registration not accepted')).not.toContain('Almost there');
    const { text } = await mailTo(mailOf('rita'), 'was not approved');
    expect(text).toContain('You cannot log in. Your account will be deleted on ');
    const user = await acme.userNamed('rita');
    expect(user).toMatchObject({ enabled: true, requiredActions: ['vestibule-pending', 'vestibule-refused'] });
  }, 90_000);

  it('read what is so: let in, with nothing left of the gate', async () => {
    await register(portal, 'anton');
    const asked = await until(
      'the mail about anton',
      async () => (await mailsTo(desk)).filter(({ text }) => text.includes('Benutzername: anton')),
      ({ length }) => length > 0,
    );
    const context = await browser.newContext({ locale: 'en' });
    await press(await context.newPage(), asked.map(linkIn)[0] ?? '', 'Approve');
    await context.close();
    await mailTo(mailOf('anton'), 'is approved');
    expect((await acme.userNamed('anton'))?.requiredActions).toEqual([]);
  }, 60_000);

  it('read that nobody decided in time', async () => {
    await register(portal, 'hurried');

    expect(await reads(portal, 'hurried', 'Not decided in time')).toContain('Nobody decided about your request');
    const { text } = await mailTo(mailOf('hurried'), 'was not decided in time');
    expect(text).toMatch(/You cannot log in\.\s+If you still need access, please contact the Partner Portal team\./);
    expect(text).not.toContain('welcome to register');
  }, 90_000);

  it('read that they were refused, where nobody is asked', async () => {
    await register(kiosk, 'olaf');

    await reads(kiosk, 'olaf', 'Registration not accepted');
    expect((await mailTo(mailOf('olaf'), 'was not accepted')).text).toContain('Your account will be deleted on ');
  }, 60_000);

  it('read that the address is to be confirmed first, from Keycloak and from us', async () => {
    await acme.admin.realms.update({ realm: acme.realm }, { verifyEmail: true });
    await register(portal, 'vera').catch(() => undefined); // no mail server is set: Keycloak cannot send its own mail
    const { text } = await mailTo(mailOf('vera'), 'confirm your e-mail address');
    await acme.admin.realms.update({ realm: acme.realm }, { verifyEmail: false });
    expect(text).toContain('Please confirm your e-mail address first');
    expect(text).not.toContain('it is decided; you need not');
  }, 60_000);

  it('can read the page at the gate on the smallest phone, by day and by night', async () => {
    for (const colorScheme of ['light', 'dark'] as const) {
      for (const [username, client] of [
        ['rita', portal],
        ['hurried', portal],
        ['olaf', kiosk],
      ] as const) {
        const context = await browser.newContext({ ...phone, colorScheme, locale: 'de' });
        const page = await context.newPage();
        const address = new URL(`${stackEnv.KEYCLOAK_URL}/realms/${acme.realm}/protocol/openid-connect/auth`);
        const query = { client_id: client, redirect_uri: redirectUri, response_type: 'code', scope: 'openid' };
        address.search = new URLSearchParams(query).toString();
        await page.goto(address.href);
        await page.locator('#username').fill(username);
        await page.locator('#password').fill(password);
        await page.locator('form [type=submit]').click();
        await page.locator('#vestibule-pending').waitFor();
        // The realm's name stands on an image of Keycloak's theme.
        expect((await hardToRead(page)).filter((text) => !text.includes(acme.realm))).toEqual([]);
        expect(await overhang(page)).toBe(0);
        await shoot(page, `gate-${username}-${colorScheme}`);
        await context.close();
      }
    }
  }, 90_000);
});

/** For people who want to look: `SCREENSHOTS=folder`. */
async function shoot(page: Page, name: string): Promise<void> {
  const folder = process.env['SCREENSHOTS'];
  if (folder !== undefined) {
    await page.screenshot({ path: `${folder}/${name}.png`, fullPage: true });
  }
}
