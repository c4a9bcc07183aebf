import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { afterEach, describe, expect, it } from '@jest/globals';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';

import { createMailer, type Mailer } from '../../../src/adapters/mail/mailer.ts';
import type { Mail } from '../../../src/messages/mail/mail.ts';

const certificate = (name: string): string =>
  readFileSync(join(import.meta.dirname, '../../certificates', name), 'utf8');
const ca = certificate('authority.pem');
const key = certificate('server.key');
const mail: Mail = { subject: 'subject', text: 'text\n', html: '<p>html</p>', key: 'ask-1' };
/** This machine, but not by a name that stands for loopback: as any other machine is to the mailer. */
const elsewhere = '0.0.0.0';

let server: SMTPServer | undefined;
let mailer: Mailer | undefined;

afterEach(async () => {
  mailer?.close();
  await new Promise<void>((resolve) => (server === undefined ? resolve() : server.close(() => resolve())));
});

/** A mail server, and what the mailer says after a mail to it; `seen` is how each mail came in. */
async function deliver(
  options: SMTPServerOptions,
  { host = elsewhere, scheme = 'smtp', allowPlaintext = false, login = '' } = {},
) {
  const seen: ('encrypted' | 'plain')[] = [];
  const logins: string[] = [];
  const made = new SMTPServer({
    authOptional: true,
    allowInsecureAuth: true,
    logger: false,
    ...options,
    onAuth: ({ username = '' }, _session, done) => {
      logins.push(username);
      done(null, { user: username });
    },
    onData(stream, { secure }, done) {
      stream.resume();
      stream.on('end', () => {
        seen.push(secure ? 'encrypted' : 'plain');
        done();
      });
    },
  });
  server = made;
  made.on('error', () => undefined);
  const port = await new Promise<number>((resolve) => {
    const listening = made.listen(0, elsewhere, () => {
      const address = listening.address();
      resolve(typeof address === 'object' ? (address?.port ?? 0) : 0);
    });
  });
  mailer = createMailer({
    url: `${scheme}://${login}${host}:${port}`,
    allowPlaintext,
    from: 'Vestibule <vestibule@acme.com>',
    ca,
  });
  const said = await mailer.send('mia@example.test', mail).then(
    () => 'sent',
    (error: Error & { code: string }) => `${error.code}: ${error.message}`,
  );
  return { said, seen, logins };
}

const withoutStartTls = { disabledCommands: ['STARTTLS'] };
const withCertificate = (name: string) => ({ key, cert: certificate(name) });

describe('src/adapters/mail, encryption', () => {
  it('sends to a server elsewhere by STARTTLS, with its certificate verified', async () => {
    expect(await deliver(withCertificate('good.pem'))).toMatchObject({ said: 'sent', seen: ['encrypted'] });
  });

  it('sends by smtps:// too', async () => {
    const options = { ...withCertificate('good.pem'), secure: true };
    expect(await deliver(options, { scheme: 'smtps' })).toMatchObject({ said: 'sent', seen: ['encrypted'] });
  });

  it('sends neither mail nor login when the offer of STARTTLS was taken out, and says what to do', async () => {
    const { said, seen, logins } = await deliver(withoutStartTls, { login: 'user:s3cret@' });
    expect(said).toMatch(/^MAIL_UNAVAILABLE: no mail is sent: the mail server offers no encryption \(STARTTLS\)/);
    expect(said).toContain('SMTP_ALLOW_PLAINTEXT=true');
    expect([seen, logins]).toEqual([[], []]);
  });

  it.each([
    ['on this machine', { host: '127.0.0.1' }],
    ['where the setting allows it', { allowPlaintext: true }],
  ])('sends unencrypted %s', async (_, where) => {
    expect(await deliver(withoutStartTls, where)).toMatchObject({ said: 'sent', seen: ['plain'] });
  });

  it('encrypts where it can, also when it need not', async () => {
    const where = { allowPlaintext: true };
    expect(await deliver(withCertificate('good.pem'), where)).toMatchObject({ said: 'sent', seen: ['encrypted'] });
  });

  describe.each([
    ['STARTTLS', 'smtp', false, false],
    ['STARTTLS that may be left out', 'smtp', false, true],
    ['smtps://', 'smtps', true, false],
  ])('by %s', (_, scheme, secure, allowPlaintext) => {
    it.each([
      ['self-signed.pem', /self-signed certificate/],
      ['other-host.pem', /altnames/],
      ['expired.pem', /expired/],
    ])('sends nothing to a server with the certificate %s', async (name, because) => {
      const options = { ...withCertificate(name), secure };
      const { said, seen } = await deliver(options, { scheme, allowPlaintext });
      expect(said).toMatch(/^MAIL_UNAVAILABLE: no mail is sent: the certificate of the mail server is not trusted/);
      expect(said).toMatch(because);
      expect(seen).toEqual([]);
    });
  });

  it('sends nothing by TLS 1.1', async () => {
    const options = {
      ...withCertificate('good.pem'),
      minVersion: 'TLSv1' as const,
      maxVersion: 'TLSv1.1' as const,
      ciphers: 'DEFAULT:@SECLEVEL=0',
    };
    const { said, seen } = await deliver(options);
    expect(said).toMatch(/^MAIL_UNAVAILABLE/);
    expect(seen).toEqual([]);
  });
});
