import { createServer, type Server, type Socket } from 'node:net';
import { domainToASCII } from 'node:url';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { SMTPServer } from 'smtp-server';

import { createMailer, type Mailer } from '../../src/adapters/mail/mailer.ts';
import { plainAddress } from '../../src/messages/mail/address.ts';
import type { Mail } from '../../src/messages/mail/mail.ts';
import { isServiceError } from '../../src/platform/errors.ts';
import { tryAll, tryGenerated } from './support/cases.ts';
import { formulas, hostileTexts, naughtyStrings } from './support/corpora.ts';

const mail: Mail = { subject: 'Subject', text: 'text\n', html: '<p>html</p>', key: 'ask-1' };
let received: { raw: string; to: string[] }[] = [];
let mailer: Mailer;

const server = new SMTPServer({
  authOptional: true,
  disabledCommands: ['STARTTLS'],
  onData(stream, session, done) {
    const chunks: Buffer[] = [];
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    stream.on('end', () => {
      received.push({ raw: String(Buffer.concat(chunks)), to: session.envelope.rcptTo.map(({ address }) => address) });
      done();
    });
  },
});

const mailerAt = (port: number): Mailer =>
  createMailer({ url: `smtp://127.0.0.1:${port}`, allowPlaintext: false, from: 'Vestibule <vestibule@acme.com>' });

function portOf(listening: Server): number {
  const address = listening.address();
  return typeof address === 'object' ? (address?.port ?? 0) : 0;
}

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  mailer = mailerAt(portOf(server.server));
});

afterAll(async () => {
  mailer.close();
  await new Promise<void>((resolve) => server.close(() => resolve()));
});

const odd: readonly string[] = [
  'a@b.c\r\nBcc: evil@evil.test',
  'a@b.c\nRCPT TO:<evil@evil.test>',
  'a@b.c\rx',
  'a@b.c\u2028evil@evil.test',
  'a@b.c\u0085evil@evil.test',
  'a@b.c\u0000',
  'a@b.c\t',
  ' a@b.c',
  'a@b.c,evil@evil.test',
  'a@b.c;evil@evil.test',
  'a@b.c evil@evil.test',
  'a@b.c%0aBcc:evil@evil.test',
  'Evil <evil@evil.test>',
  '<evil@evil.test>',
  '"a b"@evil.test',
  '"a@b.c"@evil.test',
  '"<a@b.c>"@evil.test',
  'a\\@b@evil.test',
  'a(comment)@evil.test',
  'a@evil.test(comment)',
  'a@(comment)evil.test',
  'group:a@b.c;',
  'group:a@b.c,evil@evil.test;',
  '@a,@b:c@evil.test',
  'a%evil.test@relay.test',
  'evil.test!a@relay.test',
  'a@b@c.test',
  'a@@b.test',
  'a@[127.0.0.1]',
  'a@[IPv6:::1]',
  'a@127.0.0.1',
  'a@localhost',
  'a@b.c.',
  'a@.b.c',
  'a@b..c',
  '.a@b.c',
  'a.@b.c',
  'a..b@b.c',
  '-a@b.c',
  'a@-b.c',
  'a@b-.c',
  'a@b_c.test',
  "o'brien@b.test",
  'a+b@b.test',
  'a=b@b.test',
  'ä@b.test',
  'a@münchen.test',
  'a@xn--mnchen-3ya.test',
  'a@例え.テスト',
  'pаypal@example.test',
  '=?utf-8?Q?evil=40evil.test?=@b.test',
  '=?utf-8?B?ZXZpbEBldmlsLnRlc3Q=?=',
  'mailto:a@b.test',
  'a@b.test?bcc=evil@evil.test',
  '\u202ea@b.test',
  'a\u200b@b.test',
  'a@b\uff0etest',
  'a＠b.test',
  '"\\"@b.test',
  '|sh@b.test',
  '/etc/passwd@b.test',
  '-oQ/tmp@b.test',
  `${'a'.repeat(65)}@b.test`,
  `a@${'b'.repeat(64)}.test`,
  `${'a'.repeat(300)}@b.test`,
  `a@${'b.'.repeat(200)}test`,
  '@',
  'a@',
  '@b.test',
  '',
];

/** Refused before the library sees it, or one recipient, who is exactly that, and no header more than usual. */
async function expectOneRecipientOrNone(address: string): Promise<void> {
  received = [];
  const error: unknown = await mailer.send(address, mail).then(
    () => null,
    (caught: unknown) => caught,
  );
  if (error === null) {
    const [{ raw, to } = { raw: '', to: [] }] = received;
    expect(received).toHaveLength(1);
    expect(to.map(mailbox)).toEqual([mailbox(address)]);
    const [head = ''] = raw.split('\r\n\r\n');
    expect(namesOf(head)).toEqual(usual);
  } else {
    expect(isServiceError(error)).toBe(true);
    expect(received).toEqual([]);
    if (address.length > 3) {
      expect((error as Error).message).not.toContain(address);
    }
  }
}

/** One mailbox can be written in several ways: with quotes around the local part, or the domain in Punycode. */
function mailbox(address: string): string {
  const at = address.lastIndexOf('@');
  return `${address.slice(0, at).replaceAll('"', '').toLowerCase()}@${domainToASCII(address.slice(at + 1))}`;
}

const usual = [
  'auto-submitted',
  'content-type',
  'date',
  'from',
  'message-id',
  'mime-version',
  'subject',
  'to',
  'x-auto-response-suppress',
];

function namesOf(head: string): string[] {
  return head
    .split('\r\n')
    .flatMap((line) => /^([^\s:]+):/.exec(line)?.[1]?.toLowerCase() ?? [])
    .toSorted();
}

describe('bad input E: mail addresses and headers', () => {
  it('sends to exactly one recipient, or to nobody', () =>
    tryAll(
      'E',
      [...odd, ...naughtyStrings.map(([, text]) => text)].map((text) => [text.slice(0, 60), text] as const),
      expectOneRecipientOrNone,
    ));

  it('sends to exactly one recipient, or to nobody, whatever stands around an "@"', () =>
    tryGenerated(
      'E',
      fc
        .array(
          fc.oneof(
            fc.constantFrom(
              '@',
              ',',
              ';',
              '<',
              '>',
              '"',
              '(',
              ')',
              ' ',
              '\r\n',
              '.',
              ':',
              '%',
              '\\',
              'a',
              'b.test',
              '=?utf-8?Q?',
              '?=',
            ),
            fc.string({ unit: 'binary', maxLength: 2 }),
          ),
          { maxLength: 8 },
        )
        .map((parts) => parts.join('')),
      async (address) => {
        if (plainAddress.test(address)) {
          await expectOneRecipientOrNone(address);
        } else {
          await expect(mailer.send(address, mail)).rejects.toMatchObject({ code: 'MAIL_REFUSED' });
        }
      },
    ));

  it('makes no header, and no end of the mail, of what stands in a subject or a text', () =>
    tryAll(
      'E',
      [
        ...hostileTexts.slice(0, -1),
        ...formulas,
        ['a dot alone', '\r\n.\r\nMAIL FROM:<evil@evil.test>'] as const,
        ['bare line feeds', '\n.\nMAIL FROM:<evil@evil.test>'] as const,
      ],
      async (text) => {
        received = [];
        await mailer.send('mia@example.test', { ...mail, subject: text, text, html: text });
        expect(received).toHaveLength(1);
        const [{ raw, to } = { raw: '', to: [] }] = received;
        expect(to).toEqual(['mia@example.test']);
        expect(namesOf(raw.split('\r\n\r\n')[0] ?? '')).toEqual(usual);
      },
    ));
});

/** A mail server that answers oddly at one stage, and as it should before. */
async function oddServer(stage: Stage, answer: string | null): Promise<{ port: number; close(): Promise<void> }> {
  const sockets = new Set<Socket>();
  const listening = createServer((socket) => {
    sockets.add(socket);
    let inData = false;
    const say = (at: Stage, usually: string): void => {
      if (at !== stage) {
        socket.write(usually);
      } else if (answer === null) {
        socket.destroy();
      } else {
        socket.write(answer);
      }
    };
    socket.on('error', () => undefined);
    say('greeting', '220 stub ESMTP\r\n');
    socket.on('data', (chunk) => {
      for (const line of String(chunk).split('\r\n').filter(Boolean)) {
        if (inData) {
          if (line === '.') {
            inData = false;
            say('end of data', '250 2.0.0 ok\r\n');
          }
        } else if (/^(EHLO|HELO)/i.test(line)) {
          say('hello', '250 stub\r\n');
        } else if (/^MAIL/i.test(line)) {
          say('sender', '250 ok\r\n');
        } else if (/^RCPT/i.test(line)) {
          say('recipient', '250 ok\r\n');
        } else if (/^DATA/i.test(line)) {
          inData = stage !== 'data';
          say('data', '354 go\r\n');
        } else if (/^(RSET|NOOP)/i.test(line)) {
          socket.write('250 ok\r\n');
        } else if (/^QUIT/i.test(line)) {
          socket.end('221 bye\r\n');
        }
      }
    });
  });
  await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve));
  return {
    port: portOf(listening),
    close: async () => {
      sockets.forEach((socket) => socket.destroy());
      await new Promise((resolve) => listening.close(resolve));
    },
  };
}

const stages = ['greeting', 'hello', 'sender', 'recipient', 'data', 'end of data'] as const;
type Stage = (typeof stages)[number];

const oddAnswers: Readonly<Record<string, string | null>> = {
  'a broken connection': null,
  421: '421 4.3.2 going away\r\n',
  450: '450 4.2.1 greylisted\r\n',
  452: '452 4.3.1 no room\r\n',
  500: '500 5.5.1 what?\r\n',
  530: '530 5.7.0 must issue STARTTLS mia@example.test\r\n',
  535: '535 5.7.8 bad login\r\n',
  550: '550 5.1.1 no such user mia@example.test\r\n',
  552: '552 5.3.4 too large\r\n',
  554: '554 5.7.1 refused\r\n',
  999: '999 what is this\r\n',
  '000': '000 nothing\r\n',
  'HTTP instead': 'HTTP/1.1 400 Bad Request\r\ncontent-type: text/html\r\n\r\n<html>mia@example.test</html>',
  'bytes of TLS': '\u0015\u0003\u0001\u0000\u0002\u0002F\r\n',
  'an answer of two lines': '550-5.1.1 a\r\n550 5.1.1 b\r\n',
  'escape sequences': '550 \u001b[2J\u009b31m mia@example.test\r\n',
};

describe('bad input M: answers of mail servers', () => {
  it.each(stages)(
    'is an error of ours for each odd answer at the stage "%s", repeats no address, and never a success',
    (stage) =>
      tryAll('M', Object.entries(oddAnswers), async (answer) => {
        const stub = await oddServer(stage, answer);
        const odd = mailerAt(stub.port);
        try {
          const error: unknown = await odd.send('mia@example.test', mail).then(
            () => 'sent',
            (caught: unknown) => caught,
          );
          expect(error).toMatchObject({ code: expect.stringMatching(/^MAIL_(REFUSED|UNANSWERED|UNAVAILABLE)$/) });
          expect((error as Error).message).not.toMatch(/mia@|[\u0000-\u001f\u007f-\u009f]/);
        } finally {
          odd.close();
          await stub.close();
        }
      }),
  );
});
