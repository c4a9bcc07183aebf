import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser, BrowserContext, Page } from 'playwright-core';

import { openBrowser, phone } from '../support/browser.ts';
import { connectSystems, recordsOf, type Systems } from '../support/kafka-redis.ts';
import { createRealm, type TestRealm } from '../support/realm.ts';
import { startService, type TestService } from '../support/service.ts';
import { until } from '../support/until.ts';
import { auditOf, button, linkFor, pressIn } from './support.ts';

let acme: TestRealm;
let service: TestService;
let browser: Browser;
let systems: Systems;
let desk: string;
let contexts: BrowserContext[] = [];

beforeAll(async () => {
  browser = await openBrowser();
  systems = await connectSystems();
  acme = await createRealm({
    prefix: 'rows',
    clients: [{ clientId: 'held' }, { clientId: 'two' }],
    groups: ['/partners'],
  });
  desk = `desk@${acme.realm}.test`;
  const rule = (client: string, need: number) => `version: 1
realm: ${acme.realm}
clients: [${client}]
rules:
  - name: somebody decides
    then:
      - request-approval:
          approvers: [${desk}, boss@${acme.realm}.test]
          need: ${need}
          approved: [{ join-group: /partners }]
          rejected: [delete-user]
`;
  service = await startService({
    secret: acme.secret,
    rules: { 'held.yaml': rule('held', 1), 'two.yaml': rule('two', 2) },
  });
}, 120_000);

afterEach(async () => {
  await Promise.all(contexts.map((context) => context.close()));
  contexts = [];
});

afterAll(async () => {
  await browser?.close();
  await service?.dispose();
  await systems?.close();
  await acme?.dispose();
});

async function openPage(link: string, javaScriptEnabled = true): Promise<Page> {
  const context = await browser.newContext({ ...phone, locale: 'en', javaScriptEnabled });
  contexts.push(context);
  const page = await context.newPage();
  await page.goto(link);
  return page;
}

async function ask(username: string, client = 'held'): Promise<{ link: string; id: string }> {
  await acme.register(client, username, `${username}@${acme.realm}.test`);
  const link = await linkFor(service, desk, username);
  return { link, id: (await acme.userNamed(username))?.id ?? '' };
}

/** All that is known of an approval and of its person, in Redis, in Kafka and in Keycloak. */
async function all(id: string) {
  const { REDIS_PREFIX, KAFKA_APPROVALS_TOPIC } = service.settings;
  const keys = await systems.redis.keys(`${REDIS_PREFIX}:approvals:one:*`);
  const stored = await Promise.all(keys.map((key) => systems.redis.hgetall(key)));
  const records = await recordsOf(systems, KAFKA_APPROVALS_TOPIC);
  const isAbout = (json: string | null | undefined): boolean => json?.includes(id) === true;
  return {
    redis: stored.filter(({ json }) => isAbout(json)),
    kafka: records.flatMap(({ value }) => (isAbout(value) ? [value] : [])),
    user: await acme.admin.users.findOne({ id }),
    groups: await acme.groupsOf(id),
  };
}

const settled = (id: string) =>
  until(
    'the outcome to be settled',
    () => all(id),
    ({ kafka }) => kafka.at(-1)?.includes('"settled":true') === true,
  );

describe('who looks, decides nothing', () => {
  it('S1, S3: a scanner that opens a link again and again, in every way; then the approver decides', async () => {
    const { link, id } = await ask('scanned');
    const before = await all(id);
    for (let time = 0; time < 100; time++) {
      const method = ['GET', 'HEAD', 'OPTIONS', 'GET'][time % 4] ?? 'GET';
      const headers = { 'sec-purpose': time % 2 === 0 ? 'prefetch' : 'prefetch;prerender' };
      expect([200, 204, 405]).toContain((await fetch(link, { method, headers })).status);
    }
    expect(await all(id)).toEqual(before);
    for (const method of ['HEAD', 'GET', 'GET']) {
      expect((await fetch(link, { method })).status).toBe(200);
    }
    expect(await all(id)).toEqual(before);
    expect(await pressIn(await openPage(link, false), 'approve')).toBe(303);
    await until(
      'the person is let in',
      () => acme.userNamed('scanned'),
      (user) => user?.enabled === true,
    );
    expect(await acme.groupsOf(id)).toContain('/partners');
  }, 90_000);

  it('S2: a browser that runs the page, waits for an hour, moves, scrolls, follows each link and leaves', async () => {
    const { link, id } = await ask('watched');
    const before = await all(id);
    const context = await browser.newContext({ locale: 'en' });
    contexts.push(context);
    const page = await context.newPage();
    await page.clock.install();
    const asked: string[] = [];
    page.on('request', (request) => asked.push(request.method()));
    await page.goto(link, { waitUntil: 'networkidle' });
    await page.mouse.move(100, 100);
    await page.mouse.wheel(0, 2_000);
    await page.keyboard.press('Tab');
    await page.keyboard.press('Escape');
    await page.clock.fastForward('01:00:00');
    await page.waitForLoadState('networkidle');
    const links = await page
      .locator('a[href]')
      .evaluateAll((found) => found.map((one) => one.getAttribute('href') ?? ''));
    for (const href of links.filter((each) => !each.startsWith('mailto:'))) {
      expect((await fetch(new URL(href, link))).status).toBeLessThan(500);
    }
    await page.close({ runBeforeUnload: true });
    expect(new Set(asked)).toEqual(new Set(['GET']));
    expect(await all(id)).toEqual(before);
    const again = await openPage(link);
    expect([await button(again, 'approve').count(), await button(again, 'reject').count()]).toEqual([1, 1]);
  }, 90_000);
});

describe('an approver presses once', () => {
  it('S4: going back, pressing again, and loading again change nothing, and say what counts', async () => {
    const { link, id } = await ask('backed');
    const page = await openPage(link);
    const other = await openPage(link);
    expect(await pressIn(page, 'approve')).toBe(303);
    const after = await settled(id);

    await page.goBack().catch(() => null);
    if ((await button(page, 'reject').count()) > 0) {
      await pressIn(page, 'reject');
    }
    expect(await pressIn(other, 'reject')).toBe(409);
    for (const each of [page, other]) {
      await each.goto(link);
      expect(await each.locator('button').count()).toBe(0);
      expect(await each.locator('.outcome.approved').count()).toBe(1);
    }
    expect(await all(id)).toEqual(after);
    expect(auditOf([service], id).filter(({ kind }) => kind === 'voted')).toHaveLength(1);
    expect(await acme.userNamed('backed')).toMatchObject({ enabled: true });
  }, 90_000);
});

describe('what other sites learn', () => {
  const seen: IncomingMessage[] = [];
  let sink: Server;
  let home: string;

  beforeAll(async () => {
    sink = createServer((request, answer) => {
      seen.push(request);
      answer.setHeader('content-type', 'text/html').end(`<a id="out" href="/from-anywhere">x</a>`);
    });
    await new Promise<void>((resolve) => sink.listen(0, '127.0.0.1', resolve));
    home = `http://127.0.0.1:${(sink.address() as AddressInfo).port}`;
  });

  afterAll(async () => {
    sink.closeAllConnections();
    await new Promise((resolve) => sink.close(resolve));
  });

  it('S14: nothing of a link comes to the site that a person goes to from its page, and the page brings in nothing', async () => {
    const { link, id } = await ask('leaving', 'two');
    const token = new URL(link).pathname.split('/')[2] ?? 'none';

    // The sink does see where a visitor comes from, where a page lets it.
    const plain = await openPage(home);
    await plain.locator('#out').click();
    await plain.waitForURL(`${home}/from-anywhere`);
    expect(seen.at(-1)?.headers.referer).toBe(`${home}/`);
    seen.length = 0;

    const leave = async (how: string): Promise<void> => {
      const page = await openPage(link);
      await page.evaluate(how);
      await page.waitForURL((url) => url.href.startsWith(home));
    };
    await leave(`const a = document.createElement('a'); a.href = '${home}/link'; document.body.append(a); a.click()`);
    await leave(`location.href = '${home}/script'`);
    await leave(
      `const m = document.createElement('meta'); m.httpEquiv = 'refresh'; m.content = '0;url=${home}/refresh'; document.head.append(m)`,
    );
    const answered = await openPage(link);
    await pressIn(answered, 'approve');
    await answered.evaluate(`location.href = '${home}/after-a-vote'`);
    await answered.waitForURL((url) => url.href.startsWith(home));
    const paths = () => seen.map(({ url = '' }) => url).filter((url) => url !== '/favicon.ico');
    expect(paths()).toEqual(['/link', '/script', '/refresh', '/after-a-vote']);

    // Nothing is brought in, and nothing is sent out, also where markup would get into the page.
    const page = await openPage(link);
    const refused: string[] = [];
    page.on('console', (message) => refused.push(message.text()));
    await page.evaluate(`
      for (const [tag, key] of [['img', 'src'], ['script', 'src'], ['iframe', 'src'], ['link', 'href'], ['object', 'data'], ['video', 'src']]) {
        const one = document.createElement(tag); if (tag === 'link') one.rel = 'stylesheet'; one[key] = '${home}/' + tag; document.body.append(one);
      }
      fetch('${home}/fetch').catch(() => undefined); navigator.sendBeacon('${home}/beacon');
      const form = document.createElement('form'); form.method = 'post'; form.action = '${home}/form'; document.body.append(form); form.submit();`);
    await until(
      'the browser refuses each',
      () => refused.filter((text) => text.includes('Content Security Policy')).length,
      (count) => count >= 8,
    );
    expect(paths()).toHaveLength(4);

    for (const { headers, url } of seen) {
      expect(headers.referer).toBeUndefined();
      expect(JSON.stringify([url, headers])).not.toContain(token);
    }
    expect(auditOf([service], id).filter(({ kind }) => kind === 'voted')).toHaveLength(1);
  }, 120_000);

  it('S13: no other site can show the page in a frame, under which an approver would press', async () => {
    const { link } = await ask('framed');
    const page = await openPage(home);
    const refused: string[] = [];
    page.on('console', (message) => refused.push(message.text()));
    await page.evaluate(`const f = document.createElement('iframe'); f.src = '${link}'; document.body.append(f)`);
    await until(
      'the browser refuses the frame',
      () => refused,
      (texts) => texts.some((text) => text.includes('frame-ancestors')),
    );
    expect(page.frames().filter((frame) => frame.url() === link)).toEqual([]);
  }, 60_000);

  it('S12: a form of another site that knows the link decides nothing', async () => {
    const { link, id } = await ask('crossed');
    const before = await all(id);
    const page = await openPage(home);
    const [answer] = await Promise.all([
      page.waitForResponse((response) => response.request().method() === 'POST'),
      page.evaluate(`const form = document.createElement('form'); form.method = 'post'; form.action = '${link}';
        form.innerHTML = '<input name=decision value=approve><input name=shown value=x><input name=nonce value=y>'; document.body.append(form); form.submit()`),
    ]);
    expect(answer.status()).toBe(403);
    expect(await all(id)).toEqual(before);
  }, 60_000);
});

describe('what became of the account meanwhile', () => {
  it('S9: an account that was deleted is gone: the press decides nothing, and nothing is made anew', async () => {
    const { link, id } = await ask('vanished');
    const page = await openPage(link);
    await acme.admin.users.del({ id });
    expect(await pressIn(page, 'approve')).toBe(409);
    await page.goto(link);
    expect(await page.locator('button').count()).toBe(0);
    expect(await page.content()).not.toContain('vanished');
    expect(await acme.userNamed('vanished')).toBeUndefined();
    expect(auditOf([service], id).map(({ kind }) => kind)).not.toContain('voted');
  }, 60_000);

  it('S9: an account that somebody enabled by hand stays as it is, and gets what the rule gives', async () => {
    const { link, id } = await ask('enabled');
    await acme.admin.users.update({ id }, { enabled: true });
    expect(await pressIn(await openPage(link), 'approve')).toBe(303);
    await until(
      'the outcome',
      () => auditOf([service], id),
      (entries) => entries.some(({ kind }) => kind === 'settled'),
    );
    expect(await acme.userNamed('enabled')).toMatchObject({ enabled: true, email: `enabled@${acme.realm}.test` });
    expect(await acme.groupsOf(id)).toContain('/partners');
    expect(auditOf([service], id).map(({ kind }) => kind)).not.toContain('failed');
  }, 60_000);

  it('S9: a person who is another one than in the mail: the page says so before it is decided', async () => {
    const { link, id } = await ask('shifted');
    const page = await openPage(link);
    const alerts = page.getByRole('alert');
    expect(await alerts.count()).toBe(0);
    await acme.admin.users.update({ id }, { username: 'shifted', email: `ceo@${acme.realm}.test`, firstName: 'Clara' });
    await page.goto(link);
    expect(await alerts.count()).toBe(1);
    expect(await page.getByRole('main').innerText()).toContain(`ceo@${acme.realm}.test`);
  }, 60_000);
});
