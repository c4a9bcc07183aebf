import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core';

import { translator } from '../../src/messages/i18n/translate.ts';
import { languages } from '../../src/platform/languages.ts';
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
application: Partner Portal
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
    subject.includes('wants to join') && text.includes(`User name: ${username}\n`);
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
      expect(await buttons(page)).toEqual(['Approve']);
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
    const focused = (): Promise<string> => page.locator(':focus').innerText();
    await page.keyboard.press('Tab');
    await page.keyboard.press('Tab');
    expect(await focused()).toBe('Reject …');
    await page.keyboard.press('Enter');
    expect(await acme.userNamed('nina')).toBeDefined();
    await page.keyboard.press('Tab');
    await page.keyboard.type('Not a partner of ours.');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Space');
    expect(await page.getByRole('checkbox', { name: 'Tell Mia Meyer this reason' }).isChecked()).toBe(true);
    await page.keyboard.press('Tab');
    expect(await focused()).toBe('Reject Mia Meyer');
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

    await second.getByText('Reject …').click();
    await second.getByRole('button', { name: 'Reject' }).click();

    await second.getByRole('status').waitFor();
    expect(await second.getByRole('alert').innerText()).toMatch(
      /^You pressed “Reject” just now, but desk@.* had approved/,
    );
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
    expect(await buttons(page)).toEqual(['Approve']);
    expect(await acme.userNamed('zoe')).toMatchObject({ enabled: false });
  }, 60_000);
});

describe.each(languages)('an approver whose browser asks for %s', (locale) => {
  const t = translator(locale);
  const approve = t('page.approve');
  const rejectBy = async (page: Page): Promise<void> => {
    await page.getByText(t('page.reject.open')).click();
    await page.getByRole('button', { name: t('page.reject.person', { person: 'Mia Meyer' }) }).click();
    await page.getByRole('status').waitFor();
  };
  const titled = (state: 'approved' | 'rejected' | 'decide' | 'not-counted'): string =>
    t(`page.title.${state}`, { what: 'Mia Meyer, Partner Portal' });

  it('approves, and neither a reload nor the way back asks again', async () => {
    const username = `ada-${locale}`;
    await register(username);
    const page = await visit({ ...phone, locale });
    await page.goto(linkIn(await askedAbout(username)));
    expect(await page.title()).toBe(titled('decide'));
    await page.getByRole('button', { name: approve }).click();
    await page.getByRole('status').waitFor();
    await page.reload();
    expect(await page.title()).toBe(titled('approved'));
    await page.goBack();
    await page.goForward();
    expect(await buttons(page)).toEqual([]);
    await until(
      `the page says what was done for ${username}`,
      async () => {
        await page.reload();
        return page.getByRole('main').innerText();
      },
      (text) => text.includes(t('done.enable', { person: 'Mia Meyer' })),
    );
  }, 60_000);

  it('rejects with a reason, which the person reads only if the approver ticks that', async () => {
    for (const tell of [true, false]) {
      const username = `eve-${tell ? 'told' : 'untold'}-${locale}`;
      await register(username);
      const page = await visit({ ...phone, locale });
      await page.goto(linkIn(await askedAbout(username)));
      await page.getByText(t('page.reject.open')).click();
      await page.getByLabel(t('page.reason.reject')).fill('Not a partner.\nSorry.');
      await page.getByRole('checkbox').setChecked(tell);
      await page.getByRole('button', { name: t('page.reject.person', { person: 'Mia Meyer' }) }).click();
      await page.getByRole('status').waitFor();
      expect(await page.title()).toBe(titled('rejected'));
      const { text } = await mailTo(mailOf(username), 'was not approved');
      expect(text.includes('Not a partner. Sorry.')).toBe(tell);
      const voted = service.log.find(
        ({ msg, kind, because }) => msg === 'audit' && kind === 'voted' && String(because).includes('Not a partner'),
      );
      expect(voted).toBeDefined();
    }
  }, 90_000);

  it('reads what counts after an opposite press that came late, on a page that still names the person', async () => {
    const username = `max-${locale}`;
    await register(username);
    const page = await visit({ ...phone, locale });
    await page.goto(linkIn(await askedAbout(username, boss)));
    const other = await page.context().newPage();
    await other.goto(linkIn(await askedAbout(username, desk)));
    await rejectBy(other);
    await page.getByRole('button', { name: approve }).click();
    await page.getByRole('alert').waitFor();
    expect(await page.title()).toBe(titled('not-counted'));
    expect(await page.getByRole('alert').innerText()).toContain(desk);
    await until(
      `${username} is deleted`,
      () => acme.userNamed(username),
      (user) => user === undefined,
    );
    await page.goto(page.url());
    expect(await page.title()).toBe(titled('rejected'));
    expect(await page.getByRole('heading', { level: 1 }).innerText()).toContain('Mia Meyer');
    expect(await (await visit()).goto(page.url()).then((answer) => answer?.text())).not.toContain('Mia');
  }, 60_000);
});
