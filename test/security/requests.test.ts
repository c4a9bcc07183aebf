import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { ServiceError } from '../../src/platform/errors.ts';
import { type Answer, formType, raw, send, sendForm } from './support/client.ts';
import { formOf, press, read } from './support/forms.ts';
import { openScene, type Scene } from './support/scene.ts';

let scene: Scene;
let path: string;
let form: Readonly<Record<string, string>>;

beforeAll(async () => {
  scene = await openScene({ request: { need: 2 } });
  path = new URL(scene.url).pathname;
  form = await read(scene.url, 'approve');
});

afterAll(() => scene.close());

/** The head and the body of an answer that came as bytes. */
function answerIn(bytes: string): Answer {
  const [head = '', ...rest] = bytes.split('\r\n\r\n');
  const [first = '', ...lines] = head.split('\r\n');
  const headers = Object.fromEntries(
    lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]),
  );
  return { status: Number(first.split(' ')[1] ?? 0), headers, body: rest.join('\r\n\r\n') };
}

const body = (fields: Readonly<Record<string, string>>): string => new URLSearchParams(fields).toString();

describe('a press that does not come from the page', () => {
  const cases: readonly [string, number, () => Promise<Answer>][] = [
    ['from another site', 403, () => sendForm(scene.url, form, { headers: { 'sec-fetch-site': 'cross-site' } })],
    ['without the value of the page', 403, () => sendForm(scene.url, { ...form, nonce: '' })],
    ['with a value that was guessed', 403, () => sendForm(scene.url, { ...form, nonce: 'A'.repeat(43) })],
    [
      'with the value of the page of somebody else',
      403,
      async () => sendForm(scene.url, await read(scene.bobs, 'approve')),
    ],
    ['with a value of this page, for another person', 403, () => sendForm(scene.url, { ...form, shown: 'k1.other' })],
    [
      'as plain text, which any site may send',
      415,
      () => sendForm(scene.url, form, { headers: { 'content-type': 'text/plain' } }),
    ],
    [
      'as a form with parts, which any site may send',
      415,
      () =>
        send(scene.url, {
          method: 'POST',
          headers: { 'content-type': 'multipart/form-data; boundary=x' },
          body: Object.entries(form)
            .map(([name, value]) => `--x\r\ncontent-disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`)
            .join('')
            .concat('--x--\r\n'),
        }),
    ],
    [
      'as JSON',
      415,
      () =>
        send(scene.url, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify(form),
        }),
    ],
    [
      'of a type that only begins like a form',
      415,
      () => sendForm(scene.url, form, { headers: { 'content-type': `${formType}x` } }),
    ],
    ['without a type', 415, () => send(scene.url, { method: 'POST', body: body(form) })],
    [
      'with each field twice',
      403,
      () =>
        send(scene.url, { method: 'POST', headers: { 'content-type': formType }, body: `${body(form)}&${body(form)}` }),
    ],
    [
      'for both at once',
      403,
      () =>
        send(scene.url, {
          method: 'POST',
          headers: { 'content-type': formType },
          body: `${body(form)}&decision=reject`,
        }),
    ],
    ['with its fields in the address', 403, () => sendForm(`${scene.url}?${body(form)}`, {})],
    ['with nothing', 403, () => sendForm(scene.url, {})],
  ];

  it.each(cases)('S12: %s, is refused (%d) and changes nothing', async (_, status, attack) => {
    const before = scene.all();
    const answer = await attack();
    expect(answer.status).toBe(status);
    expect(scene.all()).toBe(before);
  });

  it('S12: one that a page of our own address sends is a press, in whatever way HTTP allows to send it', async () => {
    const chunks = body(form).replaceAll(/.{1,20}/g, (part) => `${part.length.toString(16)}\r\n${part}\r\n`);
    const head = (line: string) =>
      `${line}\r\nhost: evil.test\r\nconnection: close\r\nsec-fetch-site: same-origin\r\ncontent-type: ${formType}; charset=UTF-8\r\n`;
    const own = await openScene({ request: { need: 2 } });
    const ownPath = new URL(own.url).pathname;
    const answer = answerIn(
      await raw(
        own.port,
        `${head(`POST http://evil.test${ownPath} HTTP/1.1`)}transfer-encoding: chunked\r\n\r\n${chunks}0\r\n\r\n`,
      ),
    );
    expect([answer.status, answer.headers['location']]).toEqual([303, ownPath]);
    expect(own.votes()).toHaveLength(1);
    await own.close();
  });
});

const required = {
  'content-security-policy': expect.stringMatching(
    /^default-src 'none'; .*form-action 'self'; frame-ancestors 'none'; base-uri 'none'$/,
  ),
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'strict-transport-security': expect.stringContaining('max-age='),
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
};

describe('the headers of answers', () => {
  const line = (first: string, more = '') =>
    raw(scene.port, `${first}\r\nhost: a\r\nconnection: close\r\n${more}\r\n`).then(answerIn);
  const broken = { throws: null as Error | null };
  const answers: readonly [string, number, () => Promise<Answer>][] = [
    ['the page', 200, () => send(scene.url)],
    ['the page, by HEAD', 200, () => send(scene.url, { method: 'HEAD' })],
    ['a wrong link', 404, () => send(scene.at('k1.nothing'))],
    ['no such page', 404, () => send(`http://127.0.0.1:${scene.port}/.well-known/security.txt`)],
    ['the root', 404, () => send(`http://127.0.0.1:${scene.port}/`)],
    ['another method', 405, () => send(scene.url, { method: 'DELETE' })],
    ['OPTIONS', 405, () => send(scene.url, { method: 'OPTIONS' })],
    ['TRACE', 405, () => line(`TRACE ${path} HTTP/1.1`)],
    ['a method that this server does not know', 405, () => line(`PROPFIND ${path} HTTP/1.1`)],
    ['a method that nobody knows', 400, () => line(`PRESS ${path} HTTP/1.1`)],
    ['a press without a value', 403, () => sendForm(scene.url, {})],
    [
      'another type',
      415,
      () => send(scene.url, { method: 'POST', headers: { 'content-type': 'text/plain' }, body: 'x' }),
    ],
    ['too large a body', 413, () => sendForm(scene.url, { x: 'x'.repeat(11_000) })],
    ['broken escapes', 400, () => line('GET /approvals/% HTTP/1.1')],
    ['an address that is too long', 404, () => send(scene.at('x'.repeat(5_000)))],
    ['too many headers', 431, () => send(scene.url, { headers: { x: 'x'.repeat(9_000) } })],
    ['what is no HTTP', 400, () => raw(scene.port, 'nonsense\r\n\r\n').then(answerIn)],
    ['HTTP/1.0', 200, () => raw(scene.port, `GET ${path} HTTP/1.0\r\n\r\n`).then(answerIn)],
    ['no host', 400, () => raw(scene.port, `GET ${path} HTTP/1.1\r\nconnection: close\r\n\r\n`).then(answerIn)],
    ['an expectation that nobody knows', 417, () => line(`GET ${path} HTTP/1.1`, 'expect: a-miracle\r\n')],
    [
      'an expired link',
      410,
      async () => {
        const { now } = scene.clock;
        scene.clock.now = scene.approval.expiresAt;
        return send(scene.url).finally(() => void (scene.clock.now = now));
      },
    ],
    [
      'a system that is away',
      503,
      async () => {
        broken.throws = new ServiceError('KEYCLOAK_UNAVAILABLE', 'away');
        return failing();
      },
    ],
    [
      'a fault of its own',
      500,
      async () => {
        broken.throws = new TypeError('a secret');
        return failing();
      },
    ],
  ];

  async function failing(): Promise<Answer> {
    const { read: reads } = scene.accounts;
    scene.accounts.read = () => Promise.reject(broken.throws ?? new Error('none'));
    return send(scene.url).finally(() => void (scene.accounts.read = reads));
  }

  it.each(answers)('S13: all are there: %s (%d)', async (_, status, ask) => {
    const answer = await ask();
    expect(answer.status).toBe(status);
    expect(answer.headers).toMatchObject(required);
    expect(answer.headers).not.toHaveProperty('server');
    expect(answer.headers).not.toHaveProperty('x-powered-by');
    expect(answer.body).not.toMatch(/a secret|\n\s+at |node_modules/);
  });

  it('S13: all are there when a vote was counted, when one came late, and when somebody has to wait', async () => {
    const own = await openScene({ app: { badLinksPerMinute: 1 } });
    const late = await read(own.url, 'reject');
    const seen = [
      await press(own.url, 'approve'),
      await sendForm(own.url, late),
      await send(own.at('k1.a')),
      await send(own.at('k1.b')),
    ];
    expect(seen.map(({ status }) => status)).toEqual([303, 409, 404, 429]);
    for (const { headers } of seen) {
      expect(headers).toMatchObject(required);
    }
    await own.close();
  });

  it('S13: the style, which anybody may keep, has all but that one', async () => {
    const { status, headers } = await send(`http://127.0.0.1:${scene.port}/assets/style.css`);
    expect(status).toBe(200);
    expect(headers).toMatchObject({ ...required, 'cache-control': expect.stringMatching(/^public, max-age=\d+$/) });
  });

  it('S13: a page brings in nothing but the style of its own address, and runs no script', async () => {
    const { body: page } = await send(scene.url);
    const brought = [...page.matchAll(/\b(?:src|href|action|data|poster|srcset|background)="([^"]*)"/g)].map(
      ([, to]) => to,
    );
    expect(brought).toEqual(['/assets/style.css']);
    expect(page).not.toMatch(/<(?:script|iframe|object|embed|base|meta http-equiv)|\son\w+=|javascript:|url\(/i);
    const { body: style } = await send(`http://127.0.0.1:${scene.port}/assets/style.css`);
    expect(style).not.toMatch(/@import|url\(/i);
  });
});

describe('where links and redirects lead', () => {
  const wishes = ['next', 'url', 'redirect', 'redirect_uri', 'return', 'returnTo', 'continue', 'callback', 'goto'];

  it('S15: a press leads back to its own page, whatever the request wishes for', async () => {
    const own = await openScene({ request: { need: 2 } });
    const query = wishes.map((name) => `${name}=//evil.test`).join('&');
    const headers = {
      host: 'evil.test',
      'x-forwarded-host': 'evil.test',
      'x-forwarded-proto': 'http',
      forwarded: 'host=evil.test',
      'x-original-url': '//evil.test/',
      'x-rewrite-url': '//evil.test/',
      referer: 'https://evil.test/',
    };
    const opened = await send(`${own.url}?${query}`, { headers });
    expect(JSON.stringify([opened.headers, opened.body])).not.toContain('evil.test');
    const fields = { ...formOf(opened.body, 'approve'), next: '//evil.test', redirect: 'https://evil.test' };
    const answer = await sendForm(`${own.url}?${query}`, fields, { headers });
    expect([answer.status, answer.headers.location]).toEqual([303, new URL(own.url).pathname]);
    expect(JSON.stringify([answer.headers, answer.body])).not.toContain('evil.test');
    await own.close();
  });

  it.each([
    '//evil.test/',
    '//evil.test/approvals/',
    '/\\evil.test',
    '/approvals//evil.test',
    '/%2f%2fevil.test',
    '/approvals/..//evil.test',
    '/evil.test/..;/',
    '/approvals',
  ])('S15: %s leads nowhere', async (to) => {
    const answer = answerIn(await raw(scene.port, `GET ${to} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n`));
    expect([400, 404]).toContain(answer.status);
    expect(answer.headers).not.toHaveProperty('location');
  });
});
