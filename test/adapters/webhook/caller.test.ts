import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { createWebhookCaller, type WebhookCaller } from '../../../src/adapters/webhook/caller.ts';

const message = { body: '{}', headers: { 'content-type': 'application/json', 'webhook-id': 'msg_1' } };

describe('src/adapters/webhook/caller', () => {
  let server: Server;
  let caller: WebhookCaller | undefined;
  let calls: { url: string | undefined; id: unknown }[];
  let answer: { status: number; headers?: Record<string, string>; body?: string };

  const url = (path = '/hook', host = '127.0.0.1') => `http://${host}:${(server.address() as AddressInfo).port}${path}`;
  const open = (allowPrivate: boolean) => (caller = createWebhookCaller({ allowPrivate }));

  beforeEach(async () => {
    calls = [];
    answer = { status: 204 };
    server = createServer((request, response) => {
      calls.push({ url: request.url, id: request.headers['webhook-id'] });
      request.resume();
      response.writeHead(answer.status, answer.headers).end(answer.body);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });

  afterEach(async () => {
    await caller?.close();
    caller = undefined;
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  it('calls once, with the headers of the message', async () => {
    await open(true).call(url(), message);
    expect(calls).toEqual([{ url: '/hook', id: 'msg_1' }]);
  });

  it.each([
    ['127.0.0.1'],
    ['localhost'],
    ['2130706433'], // 127.0.0.1 as one number
    ['0x7f.1'],
    ['0177.0.0.1'],
    ['[::1]'],
    ['[::ffff:127.0.0.1]'],
    ['[::ffff:7f00:1]'],
    ['[64:ff9b::7f00:1]'], // through NAT64
    ['0.0.0.0'],
    ['10.0.0.1'],
    ['172.16.0.1'],
    ['192.168.0.1'],
    ['100.64.0.1'],
    ['169.254.169.254'], // a cloud's metadata
    ['[fd00::1]'],
    ['[fe80::1]'],
    ['224.0.0.1'],
    ['user:password@127.0.0.1'],
  ])('does not call into a private network: %s', async (host) => {
    await expect(open(false).call(url('/hook', host), message)).rejects.toMatchObject({
      code: 'WEBHOOK_REFUSED',
      message: expect.stringContaining('WEBHOOK_ALLOW_PRIVATE'),
    });
    expect(calls).toEqual([]);
  });

  it('follows no redirect: what is public may lead to what is private', async () => {
    answer = { status: 302, headers: { location: url('/inside') } };
    await expect(open(true).call(url(), message)).rejects.toMatchObject({ code: 'WEBHOOK_REFUSED' });
    expect(calls.map(({ url }) => url)).toEqual(['/hook']);
  });

  it.each([
    [410, 'WEBHOOK_REFUSED'],
    [400, 'WEBHOOK_UNAVAILABLE'],
    [429, 'WEBHOOK_UNAVAILABLE'],
    [503, 'WEBHOOK_UNAVAILABLE'],
  ])('takes %i for what it is: %s', async (status, code) => {
    answer = { status };
    await expect(open(true).call(url(), message)).rejects.toMatchObject({ code });
  });

  it('takes the status for the answer, and leaves a body without an end unread', async () => {
    const sent = new Promise<void>((resolve) => {
      server.removeAllListeners('request');
      server.on('request', (request, response) => {
        const more = () => {
          while (response.write('x'.repeat(65_536)));
        };
        request.resume();
        response.writeHead(200).on('drain', more).on('close', resolve);
        more();
      });
    });
    await open(true).call(url(), message);
    await sent;
  });

  it('says that nobody answers as something to try again', async () => {
    const target = url();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await expect(open(true).call(target, message)).rejects.toMatchObject({ code: 'WEBHOOK_UNAVAILABLE' });
    server.listen(0, '127.0.0.1');
  });
});
