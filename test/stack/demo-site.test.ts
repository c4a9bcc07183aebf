import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser, BrowserContext, Page } from 'playwright-core';

import type { Application } from '../../stack/demo/site/applications.ts';
import { type Site, startSite } from '../../stack/demo/site/server.ts';
import { freePort } from '../../stack/ports.ts';
import { openBrowser, phone } from './support/browser.ts';
import { hardToRead, overhang } from './support/legibility.ts';
import { createRealm, stackEnv, type TestRealm } from './support/realm.ts';

const portal: Application = {
  clientId: 'portal',
  name: 'Partner Portal',
  roles: ['member'],
  group: '/partners',
  promise: 'Vetted.',
};
const password = 'correct horse';

const service = {
  runs: true,
  start: async () => void (service.runs = true),
  stop: async () => void (service.runs = false),
};

let acme: TestRealm;
let site: Site;
let browser: Browser;
let context: BrowserContext;
let page: Page;

beforeAll(async () => {
  const port = await freePort();
  acme = await createRealm({
    prefix: 'demo-site',
    clients: [{ ...portal, home: `http://127.0.0.1:${port}/portal` }],
    groups: ['/partners'],
  });
  site = await startSite({
    port,
    keycloakUrl: stackEnv.KEYCLOAK_URL,
    realm: acme.realm,
    inboxUrl: stackEnv.MAIL_INBOX_URL,
    applications: [portal],
    rules: async () => ({
      state: 'version 5f0c1d2e3a4b',
      files: [{ name: 'blog.yaml', text: '# <b>long</b> '.repeat(40) }],
    }),
    service,
    chapters: [
      {
        title: 'sam registers for the portal',
        gist: 'arrives after 93 ms',
        lines: [{ ms: 93, text: `reads "<b>${'long '.repeat(60)}"` }],
      },
    ],
    sights: [
      { title: 'Inbox', about: 'All mail.', at: { url: stackEnv.MAIL_INBOX_URL } },
      { title: 'Log', about: 'All that happened.', at: { path: `/var/${'log/'.repeat(30)}` } },
    ],
  });
  browser = await openBrowser();
  context = await browser.newContext({ ...phone, colorScheme: 'dark', locale: 'en' });
  page = await context.newPage();
}, 60_000);

afterAll(async () => {
  await browser?.close();
  await site?.stop();
  await acme?.dispose();
});

/** What the page says of the person's state, in Chromium, which refuses addresses with a blocked port. */
const status = (text: string | RegExp) => page.locator('.state').filter({ hasText: text });

async function fillIn(fields: Readonly<Record<string, string>>): Promise<void> {
  for (const [id, value] of Object.entries(fields)) {
    await page.locator(`#${id}`).fill(value);
  }
  await page.locator('form [type=submit]').click();
}

const idOf = async (username: string): Promise<string> => (await acme.userNamed(username))?.id ?? '';

describe('stack/demo/site', () => {
  it('leads from the start page to the form, and from the form to the application', async () => {
    await page.goto(site.url);
    expect(await overhang(page)).toBe(0);
    expect(await hardToRead(page)).toEqual([]);
    expect(await page.getByRole('main').innerText()).toContain('version 5f0c1d2e3a4b');
    await page.getByText('rules/blog.yaml').last().click();
    await page.getByText('# <b>long</b>').waitFor();
    expect(await overhang(page)).toBe(0);
    await page.getByRole('link', { name: 'Register' }).click();
    await fillIn({
      username: 'mia',
      email: 'mia@example.test',
      firstName: 'Mia',
      lastName: 'Meyer',
      password,
      'password-confirm': password,
    });
    await status('You are logged in, but not let in').waitFor();
    expect(page.url()).toBe(`${site.url}/portal`);
    expect(await page.getByRole('main').innerText()).toContain('Mia Meyer (mia)');
  }, 60_000);

  it('shows by itself what a decision changes: groups and roles', async () => {
    const id = await idOf('mia');
    const [group] = await acme.admin.groups.find({ search: 'partners' });
    await acme.admin.users.addToGroup({ id, groupId: group?.id ?? '' });
    const [client] = await acme.admin.clients.find({ clientId: 'portal' });
    const role = await acme.admin.clients.findRole({ id: client?.id ?? '', roleName: 'member' });
    await acme.admin.users.addClientRoleMappings({
      id,
      clientUniqueId: client?.id ?? '',
      roles: [{ id: role?.id ?? '', name: 'member' }],
    });
    await status('You are in').waitFor();
    await page.locator('.tag', { hasText: 'member' }).waitFor();
    expect(await page.locator('.tag').allInnerTexts()).toEqual(['/partners', 'member']);
    expect(await overhang(page)).toBe(0);
    expect(await hardToRead(page)).toEqual([]);
  }, 60_000);

  it('tells a person who is disabled what the application sees, and lets them in again afterwards', async () => {
    const id = await idOf('mia');
    await acme.admin.users.update({ id }, { enabled: false });
    await acme.admin.users.logout({ id });
    await status('your session was ended').waitFor();
    expect(await page.getByRole('main').innerText()).toMatch(
      /Keycloak says: .*The (session has ended|account is disabled)/,
    );
    expect(await overhang(page)).toBe(0);
    expect(await hardToRead(page)).toEqual([]);

    await acme.admin.users.update({ id }, { enabled: true });
    await page.getByRole('link', { name: 'Log in' }).click();
    await fillIn({ username: 'mia', password });
    await status('You are in').waitFor();
  }, 60_000);

  it('logs out here and in Keycloak', async () => {
    await page.getByRole('button', { name: 'Log out' }).click();
    await status('You are not logged in').waitFor();
    expect(page.url()).toBe(`${site.url}/portal`);
    expect(await acme.sessionsOf(await idOf('mia'))).toBe(0);
  }, 60_000);

  it('says how it went for others, and when', async () => {
    await page.goto(site.url);
    await page.getByText('arrives after 93 ms').click();
    await page.getByRole('cell', { name: '93 ms' }).waitFor();
    expect(await overhang(page)).toBe(0);
    expect(await hardToRead(page)).toEqual([]);
  }, 60_000);

  it('stops the service and starts it again, at the press of a button and not by a link', async () => {
    await page.goto(site.url);
    await page.getByRole('button', { name: 'Stop Vestibule' }).click();
    await status('Vestibule is stopped').waitFor();
    expect(service.runs).toBe(false);
    await fetch(`${site.url}/service/start`);
    expect(service.runs).toBe(false);
    await page.getByRole('button', { name: 'Start Vestibule' }).click();
    await status('Vestibule runs').waitFor();
    expect(service.runs).toBe(true);
  }, 60_000);

  it('says why when Keycloak sends somebody back without a code, and shows no markup of theirs', async () => {
    const login = await fetch(`${site.url}/portal/login`, { redirect: 'manual' });
    const cookie = login.headers.getSetCookie()[0]?.split(';')[0] ?? '';
    const state = new URL(login.headers.get('location') ?? '').searchParams.get('state') ?? '';
    const back = (query: Record<string, string>) =>
      fetch(`${site.url}/portal/callback?${new URLSearchParams(query).toString()}`, { headers: { cookie } });
    const said = await (await back({ state, error: 'access_denied', error_description: '<b>no</b>' })).text();
    expect(said).toContain('You are not let in.');
    expect(said).toContain('&#60;b&#62;no');
    // A state is good for one answer, and for the browser that asked.
    const again = await (await back({ state, code: 'made-up' })).text();
    expect(again).toContain('&#60;b&#62;no');
  });

  it('sends other names for this machine to the one that the cookie is of', async () => {
    const { headers } = await fetch(`${site.url.replace('127.0.0.1', 'localhost')}/portal`, { redirect: 'manual' });
    expect(headers.get('location')).toBe(`${site.url}/portal`);
  });
});
