import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { mailsTo, mailTo, type ReceivedMail } from './support/inbox.ts';
import { createRealm, type TestRealm } from './support/realm.ts';
import { startService, type TestService } from './support/service.ts';
import { until } from './support/until.ts';

const portal = 'partner-portal';
const shop = 'shop';
/** One white pixel. */
const logo = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8/5+hHgAHggJ/PchI7wAAAABJRU5ErkJggg==',
  'base64',
);
const template = 'templates/portal/en/welcome.liquid';

let acme: TestRealm;
let service: TestService;

const rulesOf = (client: string, more = ''): string => `version: 1
realm: ${acme.realm}
clients: [${client}]
application: The ${client}
${more}rules:
  - name: all
    then: [{ notify-user: welcome }]
`;

async function write(files: Readonly<Record<string, string | Buffer>>): Promise<void> {
  for (const [name, content] of Object.entries(files)) {
    const path = join(service.settings.RULES_DIR, name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, content);
  }
}

async function rulesNow(): Promise<string> {
  const ready = (await (await fetch(`${service.opsUrl}/readyz`)).json()) as { checks: { rules: { detail: string } } };
  return ready.checks.rules.detail;
}

/** Changes files, and waits until they are in force. */
async function change(files: Readonly<Record<string, string | Buffer>>): Promise<void> {
  const before = await rulesNow();
  await write(files);
  await until('the change', rulesNow, (detail) => detail !== before);
}

/** The mail that somebody gets who registers for a client. */
async function mailAfter(client: string, username: string): Promise<ReceivedMail> {
  const address = `${username}@${acme.realm}.test`;
  await acme.register(client, username, address);
  const mails = await until(
    `a mail to ${address}`,
    () => mailsTo(address),
    (all) => all.length > 0,
  );
  return mails[0] ?? mailTo(address, '');
}

beforeAll(async () => {
  acme = await createRealm({
    prefix: 'look',
    clients: [
      { clientId: portal, name: 'Partner Portal' },
      { clientId: shop, name: 'Shop' },
    ],
  });
  service = await startService({
    secret: acme.secret,
    rules: { 'portal.yaml': rulesOf(portal), 'shop.yaml': rulesOf(shop) },
  });
}, 120_000);

afterAll(async () => {
  await service?.dispose();
  await acme?.dispose();
});

describe('the look of the mails of one client', () => {
  let plainMail: ReceivedMail;

  it('is taken up by a reload: sender, answers, colour, logo, and a text of an operator', async () => {
    plainMail = await mailAfter(portal, 'before');
    expect(plainMail.headers['from']).not.toContain('desk@');
    await change({
      'logos/acme.png': logo,
      [template]:
        'Subject: Good to have you, {{ application }} waits\n\nAsk the desk, <b>any time</b>.\n\n{{ text }}\n',
      'portal.yaml': rulesOf(
        portal,
        `mail:
  from: Partner desk <desk@acme.test>
  reply-to: help@acme.test
  color: '#0b6b3a'
  logo: logos/acme.png
  link: https://partners.acme.test/start
`,
      ),
    });
    const mail = await mailAfter(portal, 'after');
    expect(mail.subject).toBe(`Good to have you, The ${portal} waits`);
    expect(mail.headers['from']).toContain('Partner desk');
    expect(mail.headers['from']).toContain('desk@acme.test');
    expect(mail.headers['reply-to']).toContain('help@acme.test');
    expect(mail.text).toContain('Ask the desk, <b>any time</b>.\n');
    expect(mail.html).toContain('Ask the desk, &#60;b&#62;any time&#60;/b&#62;.');
    expect(mail.html).toMatch(/cid:logo|data:image\/png/);
    expect(mail.html).not.toMatch(/src="https?:/);
  });

  it('leaves the mails of another client as they were', async () => {
    const mail = await mailAfter(shop, 'customer');
    const withoutNames = ({ text }: ReceivedMail) => text.replaceAll(/The (partner-portal|shop)/g, 'X');
    expect(withoutNames(mail)).toBe(withoutNames(plainMail));
    expect(mail.headers['from']).toBe(plainMail.headers['from']);
    expect(mail.headers['reply-to']).toBe(plainMail.headers['reply-to']);
    expect(mail.html).not.toMatch(/cid:|0b6b3a/);
  });

  it('stays as it was while a template is wrong, and the log says where', async () => {
    await change({ [template]: 'Subject: Hello\n\n{{ nmae }}\n' });
    expect(await rulesNow()).toContain(`${template}:3:4 unknown variable "nmae", did you mean "name"?`);
    expect((await mailAfter(portal, 'meanwhile')).subject).toContain('Good to have you');
  });

  it('goes with its files', async () => {
    const before = await rulesNow();
    await rm(join(service.settings.RULES_DIR, 'templates'), { recursive: true });
    await write({ 'portal.yaml': rulesOf(portal) });
    await until('the change', rulesNow, (detail) => detail !== before && !detail.includes('errors'));
    const mail = await mailAfter(portal, 'later');
    expect(mail.subject).toBe(plainMail.subject);
    expect(mail.headers['from']).toBe(plainMail.headers['from']);
  });
});
