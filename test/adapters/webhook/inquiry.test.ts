import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { createInquiry, type Inquiry } from '../../../src/adapters/webhook/inquiry.ts';

const message = {
  body: '{"type":"registration.asked"}',
  headers: { 'webhook-id': 'msg_1', 'webhook-signature': 'v1,x' },
};

describe('src/adapters/webhook/inquiry', () => {
  let server: Server;
  let inquiry: Inquiry | undefined;
  let calls: {
    method: string | undefined;
    url: string | undefined;
    headers: IncomingMessage['headers'];
    body: string;
  }[];
  let answer: (response: ServerResponse) => void;

  const url = (path = '/check?key=s3cret', host = '127.0.0.1') =>
    `http://${host}:${(server.address() as AddressInfo).port}${path}`;
  const ask = (target = url(), options: Partial<Parameters<typeof createInquiry>[0]> = {}) => {
    inquiry = createInquiry({ allowPrivate: true, ...options });
    return inquiry.ask(target, message);
  };
  const answers = (body: string | Buffer, status = 200, headers: Record<string, string> = {}) => {
    answer = (response) => void response.writeHead(status, headers).end(body);
  };

  beforeEach(async () => {
    calls = [];
    answers('{"partner":true}');
    server = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk) => (body += String(chunk)));
      request.on('end', () => {
        calls.push({ method: request.method, url: request.url, headers: request.headers, body });
        answer(response);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });

  afterEach(async () => {
    await inquiry?.close();
    inquiry = undefined;
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  it('posts the message as it is signed, once, and reads the answer', async () => {
    await expect(ask()).resolves.toEqual({ partner: true });
    expect(calls).toMatchObject([
      { method: 'POST', url: '/check?key=s3cret', headers: message.headers, body: message.body },
    ]);
  });

  it('takes an answer in which names have a meaning in this language for what it says', async () => {
    answers('{"__proto__":{"partner":true},"constructor":1,"partner":false,"partner":true}');
    const given = await ask();
    expect(Object.entries(given)).toEqual([
      ['__proto__', { partner: true }],
      ['constructor', 1],
      ['partner', true], // the last of two counts, as in every reader of JSON that is not strict
    ]);
    expect(Object.getPrototypeOf(given)).toBe(Object.prototype);
  });

  it('reads an answer that is nested deeply', async () => {
    answers(`{"partner":true,"deep":${'['.repeat(30_000)}${']'.repeat(30_000)}}`);
    await expect(ask()).resolves.toMatchObject({ partner: true });
  });

  it.each<[string, string | Buffer]>([
    ['nothing', ''],
    ['a page', '<html>mia@acme.com</html>'],
    ['JSON that ends early', '{"partner":true'],
    ['JSON and more', '{"partner":true} mia@acme.com'],
    ['a list', '[{"partner":true}]'],
    ['true', 'true'],
    ['null', 'null'],
    ['text', '"partner"'],
    ['too much', `{"partner":true,"mail":"mia@acme.com${'x'.repeat(70_000)}"}`],
    ['too much white space', `{"partner":true}${' '.repeat(70_000)}`],
  ])('cannot go by %s, and quotes nothing of it', async (_, body) => {
    answers(body);
    const error = await ask().catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'EXTERNAL_UNUSABLE', retryable: true });
    expect(told(error)).not.toMatch(/mia|s3cret/);
  });

  it.each([
    [201, 'EXTERNAL_UNUSABLE'],
    [204, 'EXTERNAL_UNUSABLE'],
    [302, 'EXTERNAL_UNUSABLE'],
    [400, 'EXTERNAL_UNUSABLE'],
    [401, 'EXTERNAL_UNUSABLE'],
    [404, 'EXTERNAL_UNUSABLE'], // also of a path that is wrong, or not there yet: that must not mean "no" of everybody
    [410, 'EXTERNAL_UNUSABLE'],
    [429, 'EXTERNAL_UNAVAILABLE'],
    [500, 'EXTERNAL_UNAVAILABLE'],
    [503, 'EXTERNAL_UNAVAILABLE'],
  ])('takes %i for no answer, whatever comes with it: %s', async (status, code) => {
    answers(status === 204 ? '' : '{"partner":true}', status);
    await expect(ask()).rejects.toMatchObject({ code, retryable: true, details: { status } });
  });

  it('follows no redirect: what is public may lead to what is private', async () => {
    answers('', 307, { location: url('/inside') });
    await expect(ask()).rejects.toMatchObject({ code: 'EXTERNAL_UNUSABLE' });
    expect(calls.map((call) => call.url)).toEqual(['/check?key=s3cret']);
  });

  it.each([['127.0.0.1'], ['localhost'], ['[::1]'], ['10.0.0.1'], ['169.254.169.254']])(
    'does not ask in a private network unless that is allowed: %s',
    async (host) => {
      const asked = ask(url('/check', host), { allowPrivate: false });
      await expect(asked).rejects.toMatchObject({
        code: 'EXTERNAL_UNUSABLE',
        retryable: true,
        message: expect.stringContaining('WEBHOOK_ALLOW_PRIVATE'),
      });
      expect(calls).toEqual([]);
    },
  );

  it('waits for no system that says nothing', async () => {
    answer = () => undefined;
    await expect(ask(url(), { timeoutMs: 100 })).rejects.toMatchObject({ code: 'EXTERNAL_UNAVAILABLE' });
  });

  it('waits for no system that sends its answer bit by bit, for ever', async () => {
    const closed = new Promise<void>((resolve) => {
      answer = (response) => {
        response.writeHead(200).write('{');
        const more = setInterval(() => response.write(' '), 10);
        response.on('close', () => {
          clearInterval(more);
          resolve();
        });
      };
    });
    await expect(ask(url(), { timeoutMs: 200 })).rejects.toMatchObject({ code: 'EXTERNAL_UNAVAILABLE' });
    await closed;
  });

  it('says that a connection that breaks is no answer', async () => {
    answer = (response) => {
      response.writeHead(200, { 'content-length': '100' }).write('{"partner":true}');
      response.destroy();
    };
    await expect(ask()).rejects.toMatchObject({ code: 'EXTERNAL_UNAVAILABLE' });
  });

  it('says that nobody answers as something to try again, and names the system without its query', async () => {
    const target = url();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    const error = await ask(target).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'EXTERNAL_UNAVAILABLE', details: { system: target.replace(/\?.*/, '') } });
    expect(told(error)).not.toContain('s3cret');
    server.listen(0, '127.0.0.1');
  });
});

/** All that a log could have of an error. */
function told(error: unknown): string {
  return error instanceof Error ? `${error.stack} ${JSON.stringify(error)} ${told(error.cause)}` : String(error);
}
