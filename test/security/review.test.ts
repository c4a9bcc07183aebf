import type { AddressInfo } from 'node:net';

import { afterEach, describe, expect, it } from '@jest/globals';
import type { FastifyInstance } from 'fastify';
import { Registry } from 'prom-client';

import { buildOpsApp } from '../../src/http/ops.ts';
import { asked } from '../fakes/stored-approvals.ts';
import { send, sendForm } from './support/client.ts';
import { firstFormOf } from './support/forms.ts';

// The page for operators has no login: it answers a browser on this machine, and nobody else.

const approval = asked({ state: 'approved', decidedAt: Date.now(), application: '<img src=x onerror=alert(1)>' });
const trouble = { step: 'join-group', name: '/x', code: 'GROUP_MISSING', since: 1, attempts: 3, givenUp: true };
const retried: string[] = [];
let app: FastifyInstance | undefined;

afterEach(async () => {
  retried.length = 0;
  await app?.close();
});

async function open(): Promise<{ page: string; retry: string }> {
  app = buildOpsApp({
    checks: async () => ({}),
    registry: new Registry(),
    queues: async () => ({}),
    review: {
      review: async () => ({ requests: [{ approval, standing: 'given-up', trouble: [trouble], unsent: [] }], more: 0 }),
      retry: async (id) => (retried.push(id), true),
    },
    loopback: true,
  });
  await app.listen({ host: '127.0.0.1', port: 0 });
  const home = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`;
  return { page: `${home}/review`, retry: `${home}/review/retry` };
}

const browser = { accept: 'text/html' };

describe('the page on which operators have something tried again', () => {
  it('S1: to look, however and however often, has nothing tried again', async () => {
    const { page, retry } = await open();
    const form = firstFormOf((await send(page, { headers: browser })).body) ?? {};
    for (let time = 0; time < 100; time++) {
      const method = ['GET', 'HEAD', 'OPTIONS', 'PUT'][time % 4] ?? 'GET';
      await send(time % 2 === 0 ? page : `${retry}?${new URLSearchParams(form).toString()}`, { method });
    }
    expect(retried).toEqual([]);
    expect((await sendForm(retry, form, { headers: { 'sec-fetch-site': 'same-origin', origin: 'null' } })).status).toBe(
      303,
    );
    expect(retried).toEqual([approval.id]);
  });

  it('S12: a press from anywhere else is refused', async () => {
    const { page, retry } = await open();
    const form = firstFormOf((await send(page, { headers: browser })).body) ?? {};
    const text = new URLSearchParams(form).toString();
    const elsewhere: Readonly<Record<string, string>>[] = [
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site' },
      { origin: 'https://evil.test' },
      { origin: 'null' },
      { host: 'evil.test' },
      { host: 'localhost.evil.test' },
    ];
    const answers = [
      ...(await Promise.all(elsewhere.map((headers) => sendForm(retry, form, { headers })))),
      await sendForm(retry, { ...form, nonce: 'A'.repeat(43) }),
      await sendForm(retry, { ...form, id: '0'.repeat(32) }),
      await sendForm(retry, {}),
      await sendForm(`${retry}?${text}`, {}),
    ];
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 403));
    for (const type of ['text/plain', 'application/json', 'multipart/form-data; boundary=x']) {
      const { status } = await send(retry, { method: 'POST', headers: { 'content-type': type }, body: text });
      expect(status).toBeGreaterThanOrEqual(400);
    }
    expect(retried).toEqual([]);
  });

  it.each(['x-forwarded-for', 'x-forwarded-host', 'x-real-ip', 'forwarded', 'via'])(
    'S12: what a proxy on this machine brings from elsewhere, and says so by %s, is not from this machine',
    async (name) => {
      const { page, retry } = await open();
      const form = firstFormOf((await send(page, { headers: browser })).body) ?? {};
      const headers = { ...browser, [name]: '203.0.113.9' };
      expect((await send(page, { headers })).status).toBe(403);
      expect((await sendForm(retry, form, { headers })).status).toBe(403);
      expect(retried).toEqual([]);
    },
  );

  it('S13, S16: has the security headers, and what people typed is text', async () => {
    const { page, retry } = await open();
    for (const answer of [await send(page, { headers: browser }), await sendForm(retry, {}, { headers: browser })]) {
      expect(answer.headers).toMatchObject({
        'content-security-policy': expect.stringMatching(/^default-src 'none'; .*frame-ancestors 'none'/),
        'referrer-policy': 'no-referrer',
        'cache-control': 'no-store',
        'x-frame-options': 'DENY',
      });
      expect(answer.body).not.toContain('<img');
    }
  });
});
