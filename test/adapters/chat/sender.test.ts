import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { inspect } from 'node:util';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { type ChatSender, createChatSender } from '../../../src/adapters/chat/sender.ts';
import type { ChatMessage } from '../../../src/messages/chat/message.ts';

const message: ChatMessage = { language: 'en', summary: 'A request waits.', heading: 'Mia wants to join', parts: [] };
const secret = 'T000-s3cret';
const now = Date.parse('2026-11-26T12:00:00Z');

describe('src/adapters/chat/sender', () => {
  let server: Server;
  let sender: ChatSender | undefined;
  let calls: { readonly url: string | undefined; readonly type: string | undefined; readonly body: string }[];
  let answer: { status: number; headers?: Record<string, string>; body?: string };

  const url = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}/services/${secret}`;
  const open = (allowPrivate = true, timeoutMs = 15_000) =>
    (sender = createChatSender({
      urls: new Map([
        ['slack:partners', url()],
        ['teams:desk', url()],
      ]),
      allowPrivate,
      now: () => now,
      timeoutMs,
    }));

  beforeEach(async () => {
    calls = [];
    answer = { status: 200, body: 'ok' };
    server = createServer((request, response) => {
      let body = '';
      request.on('data', (part: Buffer) => (body += String(part)));
      request.on('end', () => {
        calls.push({ url: request.url, type: request.headers['content-type'], body });
        if (answer.status === 0) {
          request.socket.destroy();
        } else if (answer.status > 0) {
          response.writeHead(answer.status, answer.headers).end(answer.body);
        }
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });

  afterEach(async () => {
    await sender?.close();
    sender = undefined;
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  it('posts to Slack in the form of Slack, and to Teams in that of Teams', async () => {
    await open().post('slack:partners', message);
    await sender?.post('teams:desk', message);
    const called = [`/services/${secret}`, 'application/json; charset=utf-8'];
    expect(calls.map(({ url: path, type }) => [path, type])).toEqual([called, called]);
    const [slack, teams] = calls.map(({ body }) => JSON.parse(body) as unknown);
    expect(slack).toMatchObject({ text: 'A request waits.', blocks: [{ type: 'header' }] });
    expect(teams).toMatchObject({
      type: 'message',
      attachments: [{ contentType: 'application/vnd.microsoft.card.adaptive', content: { version: '1.4' } }],
    });
  });

  it.each([
    [202, undefined, null],
    [200, '1', null],
    [301, undefined, 'CHAT_REFUSED'],
    [400, 'invalid_payload', 'CHAT_REFUSED'],
    [403, 'action_prohibited', 'CHAT_REFUSED'],
    [404, 'no_service', 'CHAT_REFUSED'],
    [410, 'channel_is_archived', 'CHAT_REFUSED'],
    [413, undefined, 'CHAT_REFUSED'],
    [408, undefined, 'CHAT_UNAVAILABLE'],
    [429, undefined, 'CHAT_UNAVAILABLE'],
    [500, 'rollup_error', 'CHAT_UNAVAILABLE'],
    [503, undefined, 'CHAT_UNAVAILABLE'],
    // Teams' older webhooks say 200 for each of these.
    [
      200,
      'Webhook message delivery failed with error: Microsoft Teams endpoint returned HTTP error 429 with ContextId x',
      'CHAT_UNAVAILABLE',
    ],
    [
      200,
      'Webhook message delivery failed with error: Microsoft Teams endpoint returned HTTP error 413 with ContextId x',
      'CHAT_REFUSED',
    ],
  ])('takes %i %s for what it is: %s', async (status, body, code) => {
    answer = { status, ...(body === undefined ? {} : { body }) };
    const posted = open().post('teams:desk', message);
    await (code === null ? expect(posted).resolves.toBeUndefined() : expect(posted).rejects.toMatchObject({ code }));
  });

  it('names the reason that Slack gives, and nothing else of an answer', async () => {
    answer = { status: 404, body: 'channel_not_found' };
    await expect(open().post('slack:partners', message)).rejects.toThrow(
      'Slack refuses the message for slack:partners (404 channel_not_found)',
    );
    answer = { status: 404, body: '<html>mia@example.test</html>' };
    await expect(sender?.post('slack:partners', message)).rejects.toThrow(/partners \(404\)$/);
  });

  it.each([
    ['30', 30_000],
    ['0', 0],
    ['Thu, 26 Nov 2026 12:02:00 GMT', 120_000],
    ['Thu, 26 Nov 2026 11:00:00 GMT', 0],
    ['31536000', 3_600_000],
    ['soon', undefined],
  ])('waits as long as Retry-After says: %s', async (header, retryAfterMs) => {
    answer = { status: 429, headers: { 'retry-after': header } };
    const posted = open().post('slack:partners', message);
    await expect(posted).rejects.toMatchObject({ code: 'CHAT_UNAVAILABLE' });
    const error = (await posted.catch((thrown: unknown) => thrown)) as { details: Record<string, unknown> };
    expect(error.details['retryAfterMs']).toBe(retryAfterMs);
  });

  it('says of a message without an answer that it may have arrived', async () => {
    answer = { status: 0 };
    await expect(open().post('slack:partners', message)).rejects.toMatchObject({ code: 'CHAT_UNANSWERED' });
    await sender?.close();
    answer = { status: -1 };
    await expect(open(true, 50).post('slack:partners', message)).rejects.toMatchObject({ code: 'CHAT_UNANSWERED' });
  });

  it('says of a service that nobody reaches that it has no message', async () => {
    const posting = open();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await expect(posting.post('slack:partners', message)).rejects.toMatchObject({
      code: 'CHAT_UNAVAILABLE',
      message: expect.stringContaining('ECONNREFUSED'),
    });
    server.listen(0, '127.0.0.1');
  });

  it('follows no redirect, and goes into no private network', async () => {
    answer = { status: 302, headers: { location: `${url()}/inside` } };
    await expect(open().post('slack:partners', message)).rejects.toMatchObject({ code: 'CHAT_REFUSED' });
    expect(calls).toHaveLength(1);
    await sender?.close();
    await expect(open(false).post('slack:partners', message)).rejects.toMatchObject({
      code: 'CHAT_REFUSED',
      message: expect.stringContaining('WEBHOOK_ALLOW_PRIVATE'),
    });
    expect(calls).toHaveLength(1);
  });

  it('names a channel that no setting has', async () => {
    await expect(open().post('slack:sales', message)).rejects.toMatchObject({
      code: 'CHANNEL_UNKNOWN',
      message: 'CHAT_WEBHOOKS has no slack:sales',
      retryable: true,
    });
  });

  it('says the address of a channel in no error', async () => {
    const errors: unknown[] = [];
    for (const status of [0, 302, 404, 429, 500]) {
      answer = { status };
      errors.push(
        await open()
          .post('slack:partners', message)
          .catch((error: unknown) => error),
      );
      await sender?.close();
    }
    errors.push(
      await open(false)
        .post('slack:partners', message)
        .catch((error: unknown) => error),
    );
    expect(errors.every((error) => error instanceof Error)).toBe(true);
    expect(inspect(errors, { depth: 9 })).not.toContain(secret);
  });
});
