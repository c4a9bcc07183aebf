import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import type { Approval } from '../../src/approvals/approval.ts';
import { ask } from '../../src/approvals/open.ts';
import { plainAddress } from '../../src/messages/mail/address.ts';
import type { Mail } from '../../src/messages/mail/mail.ts';
import { requestOf } from '../fakes/approval-requests.ts';
import { context, registeredAt } from '../fakes/registrations.ts';
import { faultsOf, type Received } from './support/mail-sink.ts';
import { about, everyMail, openMails, type Sendings } from './support/mails.ts';

// What the server gets, byte by byte. The same of the whole service, with people in Keycloak: test/stack/security/mail.test.ts.

let mails: Sendings;

beforeAll(async () => {
  mails = await openMails();
});

afterAll(() => mails.close());

const approval = ask({
  context,
  request: requestOf({ show: ['company'] }),
  approvers: ['desk@acme.com'],
  now: registeredAt,
});

const injections = [
  'Mia\r\nBcc: evil@evil.test',
  'Mia\nBcc: evil@evil.test',
  'Mia\rBcc: evil@evil.test',
  'Mia\r\n\r\n<h1>another mail</h1>',
  'Mia\r\n.\r\nRCPT TO:<evil@evil.test>\r\nDATA\r\n',
  'Mia\u0085Bcc: evil@evil.test',
  'Mia\u2028Bcc: evil@evil.test\u2029',
  'Mia\u0000\u0007\u001b[2J',
  '=?utf-8?Q?Mia=0D=0ABcc=3A_evil=40evil.test?=',
  '=?utf-8?B?DQpCY2M6IGV2aWxAZXZpbC50ZXN0?=',
  'Mia%0d%0aBcc:%20evil@evil.test',
  '"Mia" <evil@evil.test>, other@evil.test',
  `Mia${' '.repeat(990)}\r\nBcc: evil@evil.test`,
];

/** How much the server has seen. */
const untouched = async () => [mails.sink.connections(), (await mails.sink.received()).length];

function expectOneMail(received: readonly Received[], to: string): void {
  expect(received.map((mail) => mail.to)).toEqual([[to]]);
  expect(received.flatMap(faultsOf)).toEqual([]);
}

describe('what a person typed, in the bytes that the mail server gets', () => {
  it.each(injections)('S18: makes no header and no recipient, in any field that people fill in: %j', async (text) => {
    for (const field of ['username', 'email', 'firstName', 'lastName', 'locale'] as const) {
      for (const [, job] of everyMail.slice(0, 2)) {
        const received = await mails.send(job(approval), { approval, user: { [field]: text } });
        expectOneMail(received, 'desk@acme.com');
      }
    }
    const received = await mails.send(everyMail[0]![1](approval), {
      approval,
      user: { attributes: { company: [text, text] } },
    });
    expectOneMail(received, 'desk@acme.com');
  });

  it.each(injections)('S18: nor in what administrators name: %j', async (text) => {
    const named: Approval = {
      ...approval,
      application: text,
      realm: text,
      clientId: text,
      source: `broker:${text}`,
      rule: { ...approval.rule, rule: text },
      show: [text],
    };
    const user = { attributes: { [text]: [text] } };
    expectOneMail(await mails.send(everyMail[0]![1](named), { approval: named, user }), 'desk@acme.com');
    const told = { ...about, application: text, realm: text, clientId: text, source: text, rule: text };
    for (const subject of [null, text]) {
      const job = { kind: 'notify', key: 'n', to: 'ops@acme.com', subject, about: told } as const;
      expectOneMail(await mails.send(job, { approval }), 'ops@acme.com');
    }
    const { realm, clientId, userId, eventId } = about;
    const to = { address: 'mia@example.test', locale: text };
    const person = {
      kind: 'person',
      key: 'p',
      to,
      who: { realm, clientId, userId, eventId },
      message: 'welcome',
      application: text,
    } as const;
    expectOneMail(await mails.send(person, { approval }), 'mia@example.test');
  });

  const mail: Mail = { subject: 'Subject', text: 'text\n', html: '<p>html</p>', key: 'ask-1' };

  it.each([
    ...injections,
    'mia@example.test\r\nBcc: evil@evil.test',
    'mia@example.test\u0085',
    'm\u0085ia@example.test',
    'm\u009bia@example.test',
    'mia@exam\u0090ple.test',
  ])('S18: an address with %j is refused before the library or the server sees it', async (address) => {
    const before = await untouched();
    await expect(mails.mailer.send(address, mail)).rejects.toMatchObject({ code: 'MAIL_REFUSED' });
    expect(await untouched()).toEqual(before);
  });

  it.each([
    'a(comment)@evil.test',
    `a${'('.repeat(50_000)}${')'.repeat(50_000)}@evil.test`,
    'group: a@evil.test, b@evil.test;',
    `${'group:'.repeat(20_000)}a@evil.test${';'.repeat(20_000)}`,
    '"a@good.test"@evil.test',
    '"a b"@evil.test',
    '"xclow3n@gmail.com x"@internal.test',
    'a@good.test <b@evil.test>',
    '<a@evil.test>',
    '@relay.test:a@evil.test',
    'a@evil.test,b@evil.test',
    'a;b@evil.test',
    'a\\@b@evil.test',
    'a@b.test,'.repeat(20_000),
    `${'"'.repeat(100_000)}@evil.test`,
    `${'a'.repeat(100_000)}@evil.test`,
    `${'a@'.repeat(50_000)}evil.test`,
  ])('S19: no text that a parser of addresses could take for more than one goes to it (%#)', async (address) => {
    const before = await untouched();
    await expect(mails.mailer.send(address, mail)).rejects.toMatchObject({ code: 'MAIL_REFUSED' });
    expect(await untouched()).toEqual(before);
    // Of the person: the mail that would go to this address is not sent. To the approver it is text.
    expectOneMail(
      await mails.send(everyMail[0]![1](approval), { approval, user: { email: address } }),
      'desk@acme.com',
    );
  });

  it('S19: an address goes to the library as an address, never as a text to be read', async () => {
    await mails.mailer.send("o'brien+list=a@example.test", mail);
    const received = (await mails.sink.received()).at(-1);
    expect([received?.to, received?.header('to')]).toEqual([
      ["o'brien+list=a@example.test"],
      "o'brien+list=a@example.test",
    ]);
    expect(plainAddress.test('a@b.test')).toBe(true);
  });

  it('S19: the library is one without the known faults of its parser', () => {
    const file = createRequire(import.meta.url).resolve('nodemailer/package.json');
    const { version } = JSON.parse(readFileSync(file, 'utf8')) as { version: string };
    const [major = 0, minor = 0] = version.split('.').map(Number);
    expect(major > 10 || (major === 10 && minor >= 6)).toBe(true);
  });
});

describe('the headers of every mail', () => {
  it.each(everyMail)(
    'S35: one that %s says that a program sent it, and offers nothing that a program may press',
    async (_, job) => {
      const received = await mails.send(job(approval), { approval });
      expect(received).toHaveLength(1);
      const [{ raw, header, html, from } = received[0]!] = received;
      expect(received.flatMap(faultsOf)).toEqual([]);
      expect(header('auto-submitted')).toBe('auto-generated');
      expect(header('x-auto-response-suppress')).toBe('All');
      expect(header('message-id')).toMatch(/^<[\w.-]+@acme\.com>$/);
      expect(from).toBe('vestibule@acme.com');
      // No header for one click (RFC 8058), and none of the marks that let a mail program offer a button of its own.
      expect(raw).not.toMatch(/^(?:list-|feedback-id|precedence|disposition-notification-to|return-receipt-to)/im);
      expect(html).not.toMatch(
        /<(?:form|input|button|script|iframe|object|amp-|link|base)\b|itemscope|ld\+json|http-equiv/i,
      );
    },
  );
});
