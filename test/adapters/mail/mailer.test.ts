import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { SMTPServer } from 'smtp-server';

import { createMailer, type Mailer } from '../../../src/adapters/mail/mailer.ts';
import type { Mail } from '../../../src/messages/mail/mail.ts';

const mail: Mail = { subject: 'Grüße', text: 'text\n', html: '<p>html</p>', key: 'ask-1' };
let received: { raw: string; from: string; to: string[] }[] = [];
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
        from: session.envelope.mailFrom === false ? '' : session.envelope.mailFrom.address,
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

  it('sends a mail of a thread after the first of it, and the first after none', async () => {
    await mailer.send('mia@example.test', mail);
    await mailer.send('mia@example.test', {
      ...mail,
      key: 'remind-1',
      follows: 'ask-1',
      from: 'Desk <desk@other.test>',
    });
    const [first, second] = received.map(({ raw }) => raw);
    expect(first).not.toMatch(/^(?:In-Reply-To|References):/im);
    expect(second).toMatch(/^Message-ID: <remind-1@acme\.com>\r$/m);
    expect(second).toMatch(/^In-Reply-To: <ask-1@acme\.com>\r$/m);
    expect(second).toMatch(/^References: <ask-1@acme\.com>\r$/m);
  });

  it('sends under the name of the client, whose mailbox gets bounces and answers', async () => {
    const style = { from: 'Pärtner "Desk" <desk@other.test>', replyTo: 'Help <help@other.test>' };
    await mailer.send('mia@example.test', { ...mail, ...style });
    await mailer.send('mia@example.test', mail);
    const [{ raw, from } = { raw: '', from: '' }, second] = received;
    expect(from).toBe('desk@other.test');
    expect(raw).toMatch(/^From: .*<desk@other\.test>\r$/m);
    expect(raw).toMatch(/^Reply-To: .*<help@other\.test>\r$/m);
    expect(raw).toMatch(/^Auto-Submitted: auto-generated\r$/m);
    expect(second).toMatchObject({ from: 'vestibule@acme.com', raw: expect.not.stringMatching(/^Reply-To:/im) });
  });

  it.each([
    { from: 'desk@other.test, evil@evil.test' },
    { from: 'Desk' },
    { replyTo: 'desk@other.test\r\nBcc: evil@evil.test' },
    { replyTo: 'Desk <desk@other.test> <evil@evil.test>' },
  ])('sends nothing under what is not one address: %j', async (style) => {
    await expect(mailer.send('mia@example.test', { ...mail, ...style })).rejects.toMatchObject({
      code: 'MAIL_REFUSED',
    });
    expect(received).toEqual([]);
  });

  it('makes no header of the name of a sender', async () => {
    await mailer.send('mia@example.test', { ...mail, from: 'x\r\nBcc: evil@evil.test, \u0000 <desk@other.test>' });
    const [{ raw, to } = { raw: '', to: [] }] = received;
    expect(to).toEqual(['mia@example.test']);
    expect(raw.split('\r\n\r\n')[0]).not.toMatch(/^Bcc:/im);
  });

  it('sends a logo inside the mail, where the HTML shows it', async () => {
    const logo = { contentType: 'image/png', content: Buffer.from('logo') };
    await mailer.send('mia@example.test', { ...mail, html: '<img src="cid:logo">', logo });
    const [{ raw } = { raw: '' }] = received;
    expect(raw).toMatch(/multipart\/related/);
    expect(raw).toMatch(/^Content-I[Dd]: <logo>\r$/m);
    expect(raw).toMatch(/^Content-Disposition: inline; filename=logo\.png\r$/m);
    expect(raw).toContain(logo.content.toString('base64'));
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
