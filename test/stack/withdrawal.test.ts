import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core';

import { languages } from '../../src/platform/languages.ts';
import { openBrowser, phone } from './support/browser.ts';
import { linkAbout, linkIn, mailsTo, mailTo } from './support/inbox.ts';
import { recordsOf, connectSystems, type Systems } from './support/kafka-redis.ts';
import { hardToRead, overhang } from './support/legibility.ts';
import { createRealm, type TestRealm } from './support/realm.ts';
import { startService, type TestService } from './support/service.ts';
import { until } from './support/until.ts';

const portal = 'partner-portal';
const forum = 'forum';
const kept = 'protected-paul';

let acme: TestRealm;
let service: TestService;
let systems: Systems;
let browser: Browser;
let desk: string;
let context: BrowserContext | undefined;

beforeAll(async () => {
  browser = await openBrowser();
  systems = await connectSystems();
  acme = await createRealm({
    prefix: 'withdraw',
    clients: [
      { clientId: portal, name: 'Partner Portal' },
      { clientId: forum, name: '${client_forum}' },
    ],
  });
  desk = `desk@${acme.realm}.test`;
  const file = (client: string, asking: string) => `version: 1
realm: ${acme.realm}
clients: [${client}]
rules:
  - name: the desk decides
    then:
      - request-approval: { approvers: [${desk}], ${asking}, approved: [] }
`;
  service = await startService({
    secret: acme.secret,
    rules: {
      'portal.yaml': file(portal, 'hold: account'),
      'forum.yaml': file(forum, 'hold: none, wait-for: email-verified'),
    },
    env: { PROTECTED_USERS: kept },
  });
}, 120_000);

afterEach(async () => {
  await context?.close();
  context = undefined;
});

afterAll(async () => {
  await browser?.close();
  await service?.dispose();
  await systems?.close();
  await acme?.dispose();
});

// Of this realm alone: the inbox is one for all, and keeps what earlier runs sent.
const mailOf = (username: string): string => `${username}@${acme.realm}.test`;

async function visit(options: BrowserContextOptions = {}): Promise<Page> {
  await context?.close();
  context = await browser.newContext({ locale: 'en', ...options });
  return context.newPage();
}

const main = (page: Page): Promise<string> => page.getByRole('main').innerText();
const reload = async (page: Page): Promise<string> => {
  await page.reload();
  return main(page);
};

/** For people to look at, where `PICTURES` names a folder. */
async function picture(page: Page, name: string): Promise<void> {
  const dir = process.env['PICTURES'];
  if (dir !== undefined) {
    await page.screenshot({ path: `${dir}/withdraw-${name}.png`, fullPage: true });
  }
}

async function auditOf(username: string, userId: string) {
  const records = await recordsOf(systems, service.settings.KAFKA_AUDIT_TOPIC);
  const entries = records.map(({ value }) => JSON.parse(value ?? '{}') as Record<string, unknown>);
  const theirs = entries.filter((entry) => entry['userId'] === userId);
  expect(JSON.stringify(theirs)).not.toContain(username);
  return theirs;
}

describe('src/http/withdraw', () => {
  it('deletes the account of a person who goes from the mail to the button, and tells all who have to know', async () => {
    await acme.register(portal, 'wanda', mailOf('wanda'));
    const user = await acme.userNamed('wanda');
    const link = linkIn(await mailTo(mailOf('wanda'), 'Partner Portal'));
    const asked = await linkAbout('wanda', desk);
    expect(link).toMatch(/\/withdraw\//);

    const page = await visit({ ...phone, javaScriptEnabled: false });
    await page.goto(link);
    expect(await main(page)).toContain('Partner Portal');
    expect(await acme.userNamed('wanda')).toBeDefined(); // a look changes nothing
    await page.keyboard.press('Tab');
    expect(await page.locator(':focus').innerText()).toBe('Withdraw and delete the account');
    await page.keyboard.press('Enter');
    await page.getByRole('status').waitFor();
    expect(await page.getByRole('status').innerText()).toMatch(/^You withdrew your request on /);

    const mail = await mailTo(mailOf('wanda'), 'is withdrawn');
    expect(mail.text).toContain('Your account is being deleted');
    await until(
      'wanda is deleted',
      () => acme.userNamed('wanda'),
      (found) => found === undefined,
    );
    await until(
      'the page says so',
      () => reload(page),
      (text) => text.includes('Your account is deleted'),
    );
    await page.goto(asked);
    expect(await main(page)).toContain('The person withdrew this request on ');
    expect(await page.getByRole('button').count()).toBe(0);

    const kinds = (await auditOf('wanda', user?.id ?? '')).map(({ kind, step }) => step ?? kind);
    expect(kinds).toContain('withdrawn');
    expect(kinds.indexOf('withdrawn')).toBeLessThan(kinds.indexOf('delete-user'));
    expect((await mailsTo(mailOf('wanda'))).map(({ subject }) => subject)).toHaveLength(2);
  }, 90_000);

  it('names the application as its client is called, and tells who else registered from the same address', async () => {
    await acme.register(portal, 'nils', mailOf('nils'));
    await mailTo(mailOf('nils'), 'Partner Portal');
    await acme.register(portal, 'nele', mailOf('nele'));
    const asked = (await mailTo(desk, 'Partner Portal')).text;
    expect(asked).toContain('Partner Portal');
    await linkAbout('nele', desk);
    const about = (await mailsTo(desk)).find(({ text }) => text.includes('User name: nele'))?.text ?? '';
    expect(about).toMatch(/other registrations from there in 24 hours: [1-9]/);

    const page = await visit();
    await page.goto(await linkAbout('nele', desk));
    expect(await main(page)).toMatch(/other registrations from there in 24 hours: [1-9]/);
  }, 90_000);

  it('withdraws also while the address is not verified yet, and ends the sessions of a person who is in', async () => {
    await acme.register(forum, 'willi', mailOf('willi'));
    const user = await acme.userNamed('willi');
    expect(user?.enabled).toBe(true);
    const page = await visit();
    await page.goto(linkIn(await mailTo(mailOf('willi'), 'forum')));
    await page.getByRole('button').click();
    await page.getByRole('status').waitFor();
    await until(
      'willi is deleted',
      () => acme.userNamed('willi'),
      (found) => found === undefined,
    );
    expect((await mailsTo(desk)).some(({ text }) => text.includes('User name: willi\n'))).toBe(false);
  }, 90_000);

  it('keeps a protected person, and says so', async () => {
    // Where a rule would lock them out, a protected person is not asked about at all.
    await acme.register(forum, kept, mailOf(kept));
    const page = await visit();
    await page.goto(linkIn(await mailTo(mailOf(kept), 'forum')));
    await page.getByRole('button').click();
    await page.getByRole('status').waitFor();
    const mail = await mailTo(mailOf(kept), 'is withdrawn');
    expect(mail.text).toContain('was not deleted: it is protected');
    await until(
      'the page says so',
      () => reload(page),
      (text) => text.includes('was not deleted: it is protected'),
    );
    expect(await acme.userNamed(kept)).toBeDefined();
  }, 90_000);

  it('lets one of two win when the approver and the person press at the same time', async () => {
    await acme.register(portal, 'xenia', mailOf('xenia'));
    const own = linkIn(await mailTo(mailOf('xenia'), 'Partner Portal'));
    const asked = await linkAbout('xenia', desk);
    const first = await visit();
    const second = await first.context().newPage();
    await first.goto(own);
    await second.goto(asked);
    await Promise.all([
      first.getByRole('button').click(),
      second.getByRole('button', { name: 'Approve', exact: true }).click(),
    ]);
    await Promise.all([first.getByRole('status').waitFor(), second.getByRole('status').waitFor()]);
    const withdrawn = (await reload(first)).includes('You withdrew');
    expect(await reload(second)).toContain(withdrawn ? 'The person withdrew' : 'Approved by you');
    await mailTo(mailOf('xenia'), withdrawn ? 'is withdrawn' : 'is approved');
    const user = await until(
      'the account is as it was decided',
      () => acme.userNamed('xenia'),
      (found) => (withdrawn ? found === undefined : found?.enabled === true),
    );
    expect(user === undefined).toBe(withdrawn);
  }, 90_000);

  it.each(languages)(
    'can be read on the smallest phone, by day and by night (%s)',
    async (locale) => {
      const username = `yara-${locale}`;
      await acme.register(portal, username, mailOf(username));
      const link = linkIn(await mailTo(mailOf(username), 'Partner Portal'));
      for (const colorScheme of ['light', 'dark'] as const) {
        const page = await visit({ ...phone, colorScheme, locale });
        await page.goto(link);
        expect(await page.locator('html').getAttribute('lang')).toBe(locale);
        expect([await hardToRead(page), await overhang(page)]).toEqual([[], 0]);
        await picture(page, `${locale}-${colorScheme}`);
        await page.goto(`${service.url}/withdraw/no-such-link`);
        expect(await page.title()).not.toBe('');
      }
      const page = await visit({ ...phone, locale });
      await page.goto(link);
      await page.getByRole('button').click();
      await page.getByRole('status').waitFor();
      expect([await hardToRead(page), await overhang(page)]).toEqual([[], 0]);
      await until(
        'the account is gone',
        () => acme.userNamed(username),
        (found) => found === undefined,
      );
      await page.reload();
      await picture(page, `${locale}-done`);
    },
    90_000,
  );
});
