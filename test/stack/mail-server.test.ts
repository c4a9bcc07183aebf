import { once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { SMTPServer } from 'smtp-server';

import { createRealm, type TestRealm } from './support/realm.ts';
import { startService, type TestService } from './support/service.ts';
import { until } from './support/until.ts';

let realm: TestRealm;
let service: TestService;
let refuseLogin = false;
/** The server takes the next mails and gives no answer. */
let cuts = 0;
const sockets: Socket[] = [];
const mails: { readonly to: string; readonly id: string }[] = [];

const smtp = new SMTPServer({
  disabledCommands: ['STARTTLS'],
  allowInsecureAuth: true,
  onAuth: ({ username }, _session, done) =>
    refuseLogin
      ? done(Object.assign(new Error('5.7.8 bad credentials'), { responseCode: 535 }))
      : done(null, { user: username }),
  onData(stream, session, done) {
    const chunks: Buffer[] = [];
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    stream.on('end', () => {
      const id = /^Message-ID: (.*)\r$/im.exec(Buffer.concat(chunks).toString())?.[1] ?? '';
      mails.push({ to: session.envelope.rcptTo[0]?.address ?? '', id });
      if ((cuts -= 1) >= 0) {
        sockets.splice(0).forEach((socket) => socket.resetAndDestroy());
      } else {
        done();
      }
    });
  },
});

beforeAll(async () => {
  smtp.on('error', () => undefined); // connections that break off, here on purpose
  smtp.server.on('connection', (socket: Socket) => sockets.push(socket));
  smtp.listen(0, '127.0.0.1');
  await once(smtp.server, 'listening');
  const { port } = smtp.server.address() as AddressInfo;
  realm = await createRealm({ prefix: 'mail-server', clients: [{ clientId: 'shop' }] });
  service = await startService({
    secret: realm.secret,
    rules: {
      'shop.yaml': `version: 1\nrealm: ${realm.realm}\nclients: [shop]\nrules:\n  - name: everybody\n    then: [notify-user: welcome]\n`,
    },
    env: { SMTP_URL: `smtp://me:secret@127.0.0.1:${port}` },
  });
}, 120_000);

afterAll(async () => {
  await service?.dispose();
  await realm?.dispose();
  await new Promise<void>((resolve) => smtp.close(() => resolve()));
});

const to = (username: string) => mails.filter((mail) => mail.to === `${username}@example.test`);
const codes = () => service.log.flatMap(({ queue, code }) => (queue === 'mail' ? [code] : []));

describe('a mail server', () => {
  it('that refuses the login loses no mail, and gets all of them once it takes the login again', async () => {
    refuseLogin = true;
    const people = ['ann', 'ben', 'cleo'];
    for (const username of people) {
      await realm.register('shop', username);
    }
    await until('a refusal for each', codes, (seen) => seen.length >= 3, 30_000);
    refuseLogin = false;
    await until(
      'their mails',
      () => people.filter((name) => to(name).length > 0),
      (got) => got.length === 3,
      60_000,
    );
    expect(people.map((name) => to(name).length)).toEqual([1, 1, 1]);
    expect(new Set(codes())).toEqual(new Set(['MAIL_UNAVAILABLE']));
  }, 120_000);

  it('that gives no answer once gets the mail twice, under one id', async () => {
    cuts = 1;
    await realm.register('shop', 'dora');
    const got = await until(
      'both mails',
      () => to('dora'),
      (seen) => seen.length === 2,
      60_000,
    );
    expect(new Set(got.map(({ id }) => id)).size).toBe(1);
  }, 90_000);

  it('that never gives an answer gets the mail twice, and somebody is told', async () => {
    cuts = 10;
    await realm.register('shop', 'emil');
    await until('the end', codes, (seen) => seen.includes('MAIL_UNCLEAR'), 60_000);
    expect(to('emil')).toHaveLength(2);
    const failed = () =>
      service.log.filter(
        ({ msg, kind, outcome }) => msg === 'audit' && kind === 'failed' && outcome === 'MAIL_UNCLEAR',
      );
    await until('the audit', failed, (entries) => entries.length === 1);
    cuts = 0;
  }, 90_000);
});
