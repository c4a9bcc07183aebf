import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { formType, send } from './support/client.ts';
import { press, read } from './support/forms.ts';
import { openScene, type Scene } from './support/scene.ts';

// A mail scanner opens every link; it may not decide. The same with a browser: test/stack/security/approver.test.ts.

let scene: Scene;

beforeAll(async () => {
  scene = await openScene();
});

afterAll(() => scene.close());

const prefetch = { 'sec-purpose': 'prefetch', purpose: 'prefetch', 'x-moz': 'prefetch', 'x-purpose': 'preview' };

describe('who looks changes nothing', () => {
  it.each([
    ['GET', {}],
    ['GET', prefetch],
    ['HEAD', {}],
    ['HEAD', prefetch],
    ['OPTIONS', { origin: 'https://evil.test', 'access-control-request-method': 'POST' }],
    ['OPTIONS', prefetch],
    ['GET', { 'x-http-method-override': 'POST', 'x-method-override': 'POST', 'x-http-method': 'POST' }],
    ['PUT', {}],
    ['PATCH', {}],
    ['DELETE', {}],
  ])(
    'S1: %s of a link a hundred times leaves everything as it was, and the link unused (%j)',
    async (method, headers) => {
      const before = scene.all();
      const statuses = new Set<number>();
      for (let time = 0; time < 100; time++) {
        statuses.add((await send(scene.url, { method, headers })).status);
      }
      expect([200, 204, 405]).toEqual(expect.arrayContaining([...statuses]));
      expect(scene.all()).toBe(before);
      expect(await read(scene.url, 'approve')).toBeDefined();
    },
  );

  it.each(['GET', 'HEAD', 'PUT'])(
    'S1: %s with all that a press sends, in the address and in the body, is no press',
    async (method) => {
      const before = scene.all();
      const body = new URLSearchParams(await read(scene.url, 'approve')).toString();
      const { status } = await send(`${scene.url}?_method=POST&${body}`, {
        method,
        body,
        headers: { 'content-type': formType },
      });
      expect([200, 405]).toContain(status);
      expect(scene.all()).toBe(before);
    },
  );

  it('S1: no other page may ask for a link and read the answer', async () => {
    const headers = { origin: 'https://evil.test', 'access-control-request-method': 'POST' };
    for (const method of ['GET', 'OPTIONS', 'POST']) {
      const answer = await send(scene.url, { method, headers });
      expect(Object.keys(answer.headers).filter((name) => name.startsWith('access-control-'))).toEqual([]);
    }
  });

  it('S3: after a scanner that sends HEAD, GET, GET, the approver decides as if nothing had been', async () => {
    for (const method of ['HEAD', 'GET', 'GET']) {
      expect((await send(scene.url, { method })).status).toBe(200);
    }
    expect((await press(scene.url, 'approve')).status).toBe(303);
    expect((await scene.current()).state).toBe('approved');
    expect(scene.votes()).toHaveLength(1);
  });
});
