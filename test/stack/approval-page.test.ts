import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core';

import { logInByHand, openBrowser, phone, registerByHand } from './support/browser.ts';
import { linkIn, mailsTo, mailTo, type ReceivedMail } from './support/inbox.ts';
import { createRealm, type TestRealm } from './support/realm.ts';
import { startService, type TestService } from './support/service.ts';
import { until } from './support/until.ts';

const portal = 'partner-portal';

let acme: TestRealm;
let service: TestService;
let browser: Browser;
let desk: string;
let boss: string;
let context: BrowserContext | undefined;

beforeAll(async () => {
  browser = await openBrowser();
  acme = await createRealm({
    prefix: 'page',
    clients: [{ clientId: portal, name: 'Partner Portal' }],
    groups: ['/partners'],
  });
  desk = `desk@${acme.realm}.test`;
  boss = `boss@${acme.realm}.test`;
  service = await startService({
    secret: acme.secret,
    rules: {
      'portal.yaml': `version: 1
realm: ${acme.realm}
clients: [${portal}]
rules:
  - name: the desk decides
    then:
      - request-approval:
          approvers: [${desk}, ${boss}]
          approved: [{ join-group: /partners }]
          rejected: [delete-user]
`,
    },
  });
}, 120_000);

afterEach(async () => {
  await context?.close();
  context = undefined;
});

afterAll(async () => {
  await browser?.close();
  await service?.dispose();
  await acme?.dispose();
});

async function visit(options: BrowserContextOptions = {}): Promise<Page> {
  await context?.close();
  context = await browser.newContext({ locale: 'en', ...options });
  return context.newPage();
}

/** The mail that asks this approver about this person. */
async function askedAbout(username: string, approver = desk): Promise<ReceivedMail> {
  const about = ({ subject, text }: ReceivedMail): boolean =>
    subject.includes('please decide') && text.includes(`User name: ${username}\n`);
  const found = await until(
    `a mail about ${username} to ${approver}`,
    async () => (await mailsTo(approver)).find(about),
    (mail) => mail !== undefined,
  );
  if (found === undefined) {
    throw new Error('unreachable');
  }
  return found;
}

// Of this realm alone: the inbox is one for all, and keeps what earlier runs sent.
const mailOf = (username: string): string => `${username}@${acme.realm}.test`;
const register = (username: string) => acme.register(portal, username, mailOf(username));
const outcome = (page: Page): Promise<string> => page.getByRole('status').innerText();
const buttons = (page: Page): Promise<string[]> => page.getByRole('button').allInnerTexts();

describe('src/http/approvals', () => {
  it.each([
    ['without JavaScript', 'paul', false],
    ['with JavaScript', 'petra', true],
  ])(
    'lets a person in when the approver goes from the mail to the button by keyboard, on a phone, %s',
    async (_title, username, javaScriptEnabled) => {
      await registerByHand(
        await visit({ ...phone, javaScriptEnabled }),
        acme.realm,
        portal,
        username,
        mailOf(username),
      );
      const asked = await askedAbout(username);
      expect(await logInByHand(await visit(), acme.realm, portal, username)).toBe(false);

      const page = await visit({ ...phone, javaScriptEnabled });
      await page.setContent(asked.html);
      await page.keyboard.press('Tab');
      await page.keyboard.press('Enter');
      await page.waitForURL(linkIn(asked));
      expect(await page.getByRole('main').innerText()).toContain(mailOf(username));
      expect(await buttons(page)).toEqual(['Approve', 'Reject']);
      await page.keyboard.press('Tab');
      expect(await page.locator(':focus').innerText()).toBe('Approve');
      await page.keyboard.press('Enter');

      await page.getByRole('status').waitFor();
      expect(await outcome(page)).toMatch(/^Approved by you on /);
      expect(await buttons(page)).toEqual([]);
      expect(new URL(page.url()).pathname).toBe(new URL(linkIn(asked)).pathname); // a reload asks, and sends nothing
      await mailTo(mailOf(username), 'is approved');
      expect(await acme.userNamed(username)).toMatchObject({ enabled: true, email: mailOf(username) });
      expect(await logInByHand(await visit(), acme.realm, portal, username)).toBe(true);
    },
    60_000,
  );

  it('deletes a person whom the approver rejects by keyboard, and tells them', async () => {
    await register('nina');
    const page = await visit({ ...phone, javaScriptEnabled: false });
    await page.goto(linkIn(await askedAbout('nina')));
    await page.keyboard.press('Tab');
    await page.keyboard.press('Tab');
    expect(await page.locator(':focus').innerText()).toBe('Reject');
    await page.keyboard.press('Enter');

    await page.getByRole('status').waitFor();
    expect(await outcome(page)).toMatch(/^Rejected by you on /);
    await mailTo(mailOf('nina'), 'was not approved');
    await until(
      'nina is deleted',
      () => acme.userNamed('nina'),
      (user) => user === undefined,
    );
    await page.reload();
    expect(await outcome(page)).toMatch(/^Rejected by you on /);
  }, 60_000);

  it('shows anyone who comes later who decided, and lets a press on a page of before change nothing', async () => {
    await register('olga');
    const first = await visit();
    const second = await first.context().newPage();
    await first.goto(linkIn(await askedAbout('olga', desk)));
    await second.goto(linkIn(await askedAbout('olga', boss)));
    await first.getByRole('button', { name: 'Approve' }).click();
    await first.getByRole('status').waitFor();

    await second.getByRole('button', { name: 'Reject' }).click();

    await second.getByRole('status').waitFor();
    expect(await outcome(second)).toContain(`Approved by ${desk} on `);
    expect(await buttons(second)).toEqual([]);
    await mailTo(mailOf('olga'), 'is approved');
    expect(await acme.userNamed('olga')).toMatchObject({ enabled: true });

    await second.reload();
    expect(await outcome(second)).toContain(`Approved by ${desk} on `);
  }, 60_000);

  it('takes two presses of the same button for one', async () => {
    await register('otto');
    const page = await visit();
    await page.goto(linkIn(await askedAbout('otto')));
    await page.getByRole('button', { name: 'Approve' }).dblclick();

    await page.getByRole('status').waitFor();
    expect(await outcome(page)).toMatch(/^Approved by you on /);
    await mailTo(mailOf('otto'), 'is approved');
    expect((await mailsTo(mailOf('otto'))).filter(({ subject }) => subject.includes('is approved'))).toHaveLength(1);
  }, 60_000);

  it('decides nothing for a mail scanner that opens the link, nor for one that runs the page and waits an hour', async () => {
    await register('zoe');
    const link = linkIn(await askedAbout('zoe'));
    for (const method of ['HEAD', 'GET', 'HEAD', 'GET']) {
      expect((await fetch(link, { method, headers: { 'sec-purpose': 'prefetch' } })).status).toBe(200);
    }
    const page = await visit({ javaScriptEnabled: true });
    await page.clock.install();
    const asked: string[] = [];
    page.on('request', (request) => asked.push(`${request.method()} ${new URL(request.url()).pathname}`));
    await page.goto(link, { waitUntil: 'networkidle' });
    await page.mouse.move(100, 100);
    await page.mouse.wheel(0, 1_000);
    await page.clock.fastForward('01:00:00');
    await page.waitForLoadState('networkidle');

    expect(asked).toEqual([`GET ${new URL(link).pathname}`, 'GET /assets/style.css']);
    expect(await page.locator('script').count()).toBe(0);
    await page.reload();
    expect(await buttons(page)).toEqual(['Approve', 'Reject']);
    expect(await acme.userNamed('zoe')).toMatchObject({ enabled: false });
  }, 60_000);
});
