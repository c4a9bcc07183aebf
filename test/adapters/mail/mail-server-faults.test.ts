import { once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';

import { afterEach, describe, expect, it } from '@jest/globals';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';

import { createMailer, type Mailer } from '../../../src/adapters/mail/mailer.ts';
import type { Mail } from '../../../src/messages/mail/mail.ts';
import { isServiceError, ServiceError } from '../../../src/platform/errors.ts';

const mail: Mail = { subject: 'subject', text: 'text\n', html: '<p>html</p>', key: 'ask-1' };

let server: SMTPServer | undefined;
let mailer: Mailer | undefined;
/** Connections to the server, and whole mails that it got. */
let sockets: Socket[] = [];
let whole = 0;

afterEach(async () => {
  mailer?.close();
  await new Promise<void>((resolve) => (server === undefined ? resolve() : server.close(() => resolve())));
  [server, mailer, sockets, whole] = [undefined, undefined, [], 0];
});

/** A mail server with one fault, and a mailer that knows its address. */
async function start(options: SMTPServerOptions, login = ''): Promise<Mailer> {
  const made = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    allowInsecureAuth: true,
    logger: false,
    onData(stream, _session, done) {
      stream.resume().on('end', () => {
        whole += 1;
        done();
      });
    },
    ...options,
  });
  server = made;
  made.on('error', () => undefined);
  made.server.on('connection', (socket: Socket) => sockets.push(socket));
  made.listen(0, '127.0.0.1');
  await once(made.server, 'listening');
  const { port } = made.server.address() as AddressInfo;
  mailer = createMailer({
    url: `smtp://${login}127.0.0.1:${port}`,
    allowPlaintext: false,
    from: 'Vestibule <vestibule@acme.com>',
  });
  return mailer;
}

const no = (responseCode: number, text: string) => Object.assign(new Error(text), { responseCode });

async function codeOf(sending: Promise<void>): Promise<string> {
  return sending.then(
    () => 'sent',
    (error: unknown) => (isServiceError(error) ? error.code : String(error)),
  );
}

describe('src/adapters/mail/mailer, with a server that refuses', () => {
  it.each<[string, SMTPServerOptions, string, string]>([
    [
      'the connection',
      { onConnect: (_session, done) => done(no(554, 'no SMTP service here')) },
      '',
      'MAIL_UNAVAILABLE',
    ],
    ['the login', { onAuth: (_auth, _session, done) => done(no(535, '5.7.8 bad')) }, 'me:wrong@', 'MAIL_UNAVAILABLE'],
    ['mail without a login', { authOptional: false }, '', 'MAIL_UNAVAILABLE'],
    ['the sender', { onMailFrom: (_from, _session, done) => done(no(550, '5.7.1 not yours')) }, '', 'MAIL_UNAVAILABLE'],
    ['to relay', { onRcptTo: (_to, _session, done) => done(no(554, '5.7.1 relay denied')) }, '', 'MAIL_UNAVAILABLE'],
    [
      'a recipient for now',
      { onRcptTo: (_to, _session, done) => done(no(450, '4.2.0 later')) },
      '',
      'MAIL_UNAVAILABLE',
    ],
    ['a recipient for good', { onRcptTo: (_to, _session, done) => done(no(550, '5.1.1 unknown')) }, '', 'MAIL_REFUSED'],
    [
      'a mail of this size',
      { onData: (stream, _session, done) => stream.resume().on('end', () => done(no(552, '5.3.4 too large'))) },
      '',
      'MAIL_REFUSED',
    ],
    [
      'the content',
      { onData: (stream, _session, done) => stream.resume().on('end', () => done(no(554, '5.6.1 no'))) },
      '',
      'MAIL_REFUSED',
    ],
    [
      'the mail by its policy',
      { onData: (stream, _session, done) => stream.resume().on('end', () => done(no(550, '5.7.26 no'))) },
      '',
      'MAIL_UNAVAILABLE',
    ],
    [
      'the mail for now',
      { onData: (stream, _session, done) => stream.resume().on('end', () => done(no(452, '4.3.1 full'))) },
      '',
      'MAIL_UNAVAILABLE',
    ],
  ])('%s', async (_what, options, login, expected) => {
    const { send } = await start(options, login);
    await expect(codeOf(send('mia@example.test', mail))).resolves.toBe(expected);
    expect(whole).toBe(0);
  });

  it('by verify, which looks at the login as well', async () => {
    const { verify } = await start({ onAuth: (_auth, _session, done) => done(no(535, '5.7.8 bad')) }, 'me:wrong@');
    await expect(verify()).rejects.toMatchObject({
      code: 'MAIL_UNAVAILABLE',
      message: expect.stringContaining('login'),
    });
  });
});

describe('src/adapters/mail/mailer, with a connection that is cut', () => {
  it('before the content: nothing can have arrived, and the pool sends nothing again by itself', async () => {
    let tries = 0;
    const { send } = await start({
      onRcptTo() {
        tries += 1;
        sockets.at(-1)?.resetAndDestroy();
      },
    });
    const ended: string[] = [];
    await expect(codeOf(send('mia@example.test', mail, async () => void ended.push('end')))).resolves.toBe(
      'MAIL_UNAVAILABLE',
    );
    expect({ tries, ended }).toEqual({ tries: 1, ended: [] });
  });

  it.each(['resetAndDestroy', 'end'] as const)('after the content, by %s: it may have arrived', async (cut) => {
    const { send } = await start({
      onData: (stream) =>
        stream.resume().on('end', () => {
          whole += 1;
          sockets.at(-1)?.[cut]();
        }),
    });
    await expect(codeOf(send('mia@example.test', mail))).resolves.toBe('MAIL_UNANSWERED');
    expect(whole).toBe(1);
  });

  it('serves the next mail over a new connection', async () => {
    const { send } = await start({});
    await send('mia@example.test', mail);
    sockets.at(-1)?.resetAndDestroy();
    await send('mia@example.test', mail).catch(() => send('mia@example.test', mail));
    expect(whole).toBe(2);
  });
});

describe('the end of a mail', () => {
  it('is sent only after the caller has noted that it will be', async () => {
    const { send } = await start({});
    const seen: number[] = [];
    await send('mia@example.test', mail, async () => void seen.push(whole));
    expect({ seen, whole }).toEqual({ seen: [0], whole: 1 });
  });

  it('is not sent when that could not be noted', async () => {
    const { send } = await start({});
    const fault = new ServiceError('REDIS_UNAVAILABLE', 'Redis is away');
    await expect(send('mia@example.test', mail, () => Promise.reject(fault))).rejects.toBe(fault);
    await send('mia@example.test', mail);
    expect(whole).toBe(1);
  });
});
