import { once } from 'node:events';
import type { AddressInfo } from 'node:net';

import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { SMTPServer } from 'smtp-server';

import { approverLink } from './support/approver-link.ts';
import { openBrowser } from './support/browser.ts';
import { vestibule } from './support/command.ts';
import { connectSystems, recordsOf, type Systems } from './support/kafka-redis.ts';
import { createRealm, type TestRealm } from './support/realm.ts';
import { startService, type TestService } from './support/service.ts';
import { until } from './support/until.ts';

let acme: TestRealm;
let service: TestService;
let systems: Systems;
let browser: Browser;
let context: BrowserContext | undefined;
/** Whether the mail server knows the people of this realm. */
let knowsThem = true;

const smtp = new SMTPServer({
  authOptional: true,
  disabledCommands: ['STARTTLS'],
  onRcptTo: ({ address }, _session, done) =>
    knowsThem || address.startsWith('desk@')
      ? done()
      : done(Object.assign(new Error('5.1.1 no such user'), { responseCode: 550 })),
  onData(stream, _session, done) {
    stream.resume();
    stream.on('end', () => done());
  },
});

beforeAll(async () => {
  browser = await openBrowser();
  systems = await connectSystems();
  smtp.on('error', () => undefined); // connections that break off at the end
  smtp.listen(0, '127.0.0.1');
  await once(smtp.server, 'listening');
  const clients = ['portal', 'shop', 'blog'].map((clientId) => ({ clientId, name: `The ${clientId}` }));
  acme = await createRealm({ prefix: 'trouble', clients, groups: ['/partners'] });
  const file = (client: string, approved: string): string => `version: 1
realm: ${acme.realm}
clients: ${client}
rules:
  - name: the desk decides
    then: [{ request-approval: { approvers: [desk@${acme.realm}.test], approved: ${approved} } }]
`;
  service = await startService({
    secret: acme.secret,
    rules: {
      'portal.yaml': file('portal', '[{ join-group: /later }, { join-group: /partners }]'),
      'shop.yaml': file(
        'shop',
        '[{ set-user-attribute: { name: origin, value: shop } }, { grant-role: offline_access }, { join-group: /partners }]',
      ),
      'blog.yaml': file('blog', '[{ join-group: /partners }]'),
    },
    env: { SMTP_URL: `smtp://127.0.0.1:${(smtp.server.address() as AddressInfo).port}` },
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
  await systems?.close();
  await new Promise<void>((resolve) => smtp.close(() => resolve()));
});

const run = (command: string) => vestibule(command.split(' '), service.settings);

interface Listed {
  readonly id: string;
  readonly standing: string;
  readonly userId: string;
  readonly trouble: readonly { readonly step: string; readonly code: string; readonly givenUp: boolean }[];
}

async function show(id: string): Promise<Listed> {
  return JSON.parse((await run(`approvals show ${id} --format json`)).out) as Listed;
}

async function visit(): Promise<Page> {
  await context?.close();
  context = await browser.newContext({ locale: 'en' });
  return context.newPage();
}

/** Registers somebody, and has the approver say yes on the page. */
async function approved(client: string, name: string) {
  await acme.register(client, name);
  const userId = (await acme.userNamed(name))?.id ?? '';
  const { id, link } = await approverLink(service, systems.redis, { realm: acme.realm, userId });
  const page = await visit();
  await page.goto(link);
  await page.getByRole('button', { name: 'Approve' }).click();
  await page.getByRole('status').first().waitFor();
  return { id, userId, page };
}

/** Reloads the page until it says so. */
async function untilItSays(page: Page, text: RegExp): Promise<string> {
  return until(
    `the page saying ${String(text)}`,
    async () => {
      await page.reload();
      return page.getByRole('main').innerText();
    },
    (said) => text.test(said),
    60_000,
  );
}

const standing = (id: string, wanted: string) =>
  until(
    `the request being ${wanted}`,
    () => show(id),
    (request) => request.standing === wanted,
    60_000,
  );

async function retriedBy(userId: string) {
  const records = await recordsOf(systems, service.settings.KAFKA_AUDIT_TOPIC);
  return records
    .filter(({ key }) => key === userId)
    .map(({ value }) => JSON.parse(value ?? '') as Record<string, unknown>)
    .filter(({ kind }) => kind === 'retried')
    .map(({ by }) => by);
}

describe('what follows an approval', () => {
  it('is told on the page while a group is missing, and settles by itself once the group is there', async () => {
    const { id, userId, page } = await approved('portal', 'paul');
    const said = await untilItSays(page, /The group \/later is missing\. Retrying since /);
    expect(said).toContain('Approved by you');
    expect(await page.getByRole('button').count()).toBe(0);
    expect(await acme.groupsOf(userId)).toEqual(['/partners']);
    expect(await acme.userNamed('paul')).toMatchObject({ enabled: false });

    expect((await run('approvals list --state trouble')).out).toMatch(
      new RegExp(
        `^trouble ${id}\n.*\n.*approved .* by d…@.*\n  join-group /later: GROUP_MISSING, \\d+ attempts? since`,
      ),
    );
    expect((await run(`history --realm ${acme.realm} --user ${userId}`)).out).toContain(
      'join-group /later: GROUP_MISSING',
    );
    expect(await (await fetch(`${service.opsUrl}/readyz`)).json()).toMatchObject({
      status: 'ready, needs attention',
      checks: { outcomes: { attention: true } },
    });
    expect(await (await fetch(`${service.opsUrl}/metrics`)).text()).toContain(
      'vestibule_approvals_in_trouble{code="GROUP_MISSING",state="tried-again"} 1',
    );

    await acme.admin.groups.create({ name: 'later' });
    await standing(id, 'done');
    expect(await acme.userNamed('paul')).toMatchObject({ enabled: true });
    expect(new Set(await acme.groupsOf(userId))).toEqual(new Set(['/later', '/partners']));
    await page.reload();
    expect(await page.getByRole('main').innerText()).not.toContain('missing');
  }, 120_000);

  it('is given up where it cannot succeed, and is retried from the page, by the command and from the review page', async () => {
    const one = await approved('shop', 'olga');
    await untilItSays(one.page, /Keycloak refuses it: the attribute origin\. Given up\. Attempts since/);
    const two = await approved('shop', 'omar');
    const three = await approved('shop', 'oleg');
    for (const { id, userId } of [one, two, three]) {
      expect((await standing(id, 'given-up')).trouble).toMatchObject([
        { step: 'set-user-attribute', code: 'KEYCLOAK_REFUSED', givenUp: true },
      ]);
      // What waits for nothing is done all the same.
      expect(await acme.groupsOf(userId)).toEqual(['/partners']);
    }

    const profile = await acme.admin.users.getProfile();
    await acme.admin.users.updateProfile({ ...profile, unmanagedAttributePolicy: 'ADMIN_EDIT' as never });

    const page = await visit();
    await page.goto(`${service.opsUrl}/review`);
    const card = page.getByRole('article').filter({ hasText: three.id });
    await card.getByRole('button', { name: 'Try again' }).click();
    await standing(three.id, 'done');
    await page.reload();
    expect(await page.getByRole('article').filter({ hasText: three.id }).count()).toBe(0);

    expect(await run(`approvals retry ${two.id} --by ops --reason mended`)).toMatchObject({
      code: 0,
      out: `${two.id} will be tried again\n`,
    });
    await standing(two.id, 'done');
    expect(await run(`approvals retry ${two.id}`)).toMatchObject({
      code: 1,
      out: `Nothing to try again: ${two.id} is done\n`,
    });

    const again = await visit();
    await again.goto(one.page.url());
    await again.getByRole('button', { name: 'Try again' }).click();
    await standing(one.id, 'done');
    await untilItSays(again, /Approved by you(?!.*refuses)/s);

    for (const name of ['olga', 'omar', 'oleg']) {
      expect(await acme.userNamed(name)).toMatchObject({ enabled: true, attributes: { origin: ['shop'] } });
    }
    expect(await retriedBy(one.userId)).toEqual([`desk@${acme.realm}.test`]);
    expect(await retriedBy(two.userId)).toEqual(['ops']);
    expect(await retriedBy(three.userId)).toEqual(['the review page']);
  }, 180_000);

  it('is told where the person is in, and the mail to them was not sent', async () => {
    knowsThem = false;
    const { id } = await approved('blog', 'bert');
    await standing(id, 'not-told');
    expect(await acme.userNamed('bert')).toMatchObject({ enabled: true });
    const told = (await run(`approvals show ${id}`)).out;
    const [, job = ''] =
      /the mail to the person was not sent: MAIL_REFUSED, given up .* \((mail\/\S+)\)/.exec(told) ?? [];
    const page = await visit();
    await page.goto(`${service.opsUrl}/review`);
    expect(await page.getByRole('article').filter({ hasText: id }).innerText()).toContain(
      'The mail to the person was not sent.',
    );

    knowsThem = true;
    expect(await run(`jobs retry ${job}`)).toMatchObject({ code: 0 });
    await standing(id, 'done');
  }, 120_000);
});
