import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { SMTPServer } from 'smtp-server';

import { createMailer, type Mailer } from '../../../src/adapters/mail/mailer.ts';
import type { Mail } from '../../../src/messages/mail/mail.ts';

const mail: Mail = { subject: 'Grüße', text: 'text\n', html: '<p>html</p>', key: 'ask-1' };
let received: { raw: string; to: string[] }[] = [];
let reply: { code: number } | null = null;
let mailer: Mailer;

const server = new SMTPServer({
  authOptional: true,
  disabledCommands: ['STARTTLS'],
  onRcptTo(_address, _session, done) {
    done(reply === null ? null : Object.assign(new Error('no'), { responseCode: reply.code }));
  },
  onData(stream, session, done) {
    const chunks: Buffer[] = [];
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    stream.on('end', () => {
      received.push({
        raw: Buffer.concat(chunks).toString(),
        to: session.envelope.rcptTo.map(({ address }) => address),
      });
      done();
    });
  },
});

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  const address = server.server.address();
  mailer = createMailer({
    url: `smtp://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`,
    allowPlaintext: false,
    from: 'Vestibule <vestibule@acme.com>',
  });
});

afterAll(async () => {
  mailer.close();
  await new Promise<void>((resolve) => server.close(() => resolve()));
});

beforeEach(() => {
  received = [];
  reply = null;
});

describe('src/adapters/mail/mailer', () => {
  it('sends text and HTML to one recipient, marked as sent by a program, under an id that is ours', async () => {
    await mailer.send('mia@example.test', mail);
    const [{ raw, to } = { raw: '', to: [] }] = received;
    expect(to).toEqual(['mia@example.test']);
    expect(raw).toMatch(/^Message-ID: <ask-1@acme\.com>\r$/m);
    expect(raw).toMatch(/^Auto-Submitted: auto-generated\r$/m);
    expect(raw).toMatch(/multipart\/alternative/);
  });

  it.each([
    'a@b.c\r\nBcc: evil@evil.test',
    'a@b.c, evil@evil.test',
    'Evil <evil@evil.test>',
    'evil@evil.test (comment)',
    '"a b"@evil.test',
    'group: evil@evil.test;',
    'a@b.c\u0000',
    'nobody',
    '',
  ])('sends nothing to %j, which is not one plain address', async (address) => {
    await expect(mailer.send(address, mail)).rejects.toMatchObject({ code: 'MAIL_REFUSED' });
    expect(received).toEqual([]);
  });

  it('makes no header of what stands in a subject', async () => {
    await mailer.send('mia@example.test', { ...mail, subject: 'x\r\nBcc: evil@evil.test\r\n\r\nbody' });
    const [{ raw, to } = { raw: '', to: [] }] = received;
    expect(to).toEqual(['mia@example.test']);
    expect(raw.split('\r\n\r\n')[0]).not.toMatch(/^Bcc:/im);
  });

  it.each([
    [550, 'MAIL_REFUSED'],
    [451, 'MAIL_UNAVAILABLE'],
  ])('takes a %d for what it is, and repeats no address', async (code, expected) => {
    reply = { code };
    const error = await mailer.send('mia@example.test', mail).catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code: expected });
    expect((error as Error).message).not.toContain('mia@');
  });
});
