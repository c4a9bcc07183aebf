import { type AddressInfo, connect } from 'node:net';

import { describe, expect, it } from '@jest/globals';
import type { FastifyInstance, InjectOptions } from 'fastify';
import { Registry } from 'prom-client';

import type { Approval } from '../../src/approvals/approval.ts';
import { settle } from '../../src/approvals/transitions.ts';
import type { Trouble } from '../../src/approvals/trouble.ts';
import { ServiceError } from '../../src/platform/errors.ts';
import { buildOpsApp } from '../../src/http/ops.ts';
import { registeredAt } from '../fakes/registrations.ts';
import { nothingToReview } from '../fakes/review.ts';
import { form, mia, type Press, setup, token, url } from './support/approver.ts';

describe('src/http/approvals', () => {
  it('shows who asks, for what, why, and what each button will do', async () => {
    const { app } = await setup();
    const { statusCode, body } = await app.inject({ url });
    expect(statusCode).toBe(200);
    for (const text of [
      'Partner Portal',
      'mia@example.test',
      'not verified',
      'Mia Meyer',
      'the desk decides',
      '192.0.2.7',
      'Mia Meyer can log in',
      'Mia Meyer joins the group /partners',
      'the account is deleted at once',
    ]) {
      expect(body.replaceAll(/<\/?bdi>/g, '')).toContain(text);
    }
    expect(body).not.toMatch(/<script|https?:\/\//);
    expect(body).not.toContain(token);
  });

  it.each(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE', 'PATCH'] as const)(
    'decides nothing on %s, ever so often',
    async (method) => {
      const { app, decisions } = await setup();
      for (let time = 0; time < 20; time++) {
        await app.inject({ method, url, headers: { 'sec-purpose': 'prefetch' } });
      }
      expect(decisions).toEqual([]);
    },
  );

  it('decides when the button of the page is pressed, then shows the outcome', async () => {
    const { app, decisions, press } = await setup();
    const answer = await press('approve');
    expect([answer.statusCode, answer.headers.location]).toEqual([303, url]);
    expect(decisions).toEqual(['approve 127.0.0.1']);
    const { body } = await app.inject({ url });
    expect(body).toContain('Approved by you');
    expect(body).not.toContain('<button');
  });

  it.each([
    ['without the value that only the page has', 403, (press: Press) => press('approve', 'guessed')],
    ['from another site', 403, (press: Press) => press('approve', 'the-nonce', { 'sec-fetch-site': 'cross-site' })],
    [
      'in another form than a form',
      415,
      (press: Press) => press('approve', 'the-nonce', { 'content-type': 'text/plain' }),
    ],
    ['for anything but approve and reject', 403, (press: Press) => press('maybe')],
    ['that is too large', 413, (press: Press) => press('approve', 'x'.repeat(20_000))],
  ])('refuses a press %s', async (_, status, send) => {
    const { decisions, press } = await setup();
    expect((await send(press)).statusCode).toBe(status);
    expect(decisions).toEqual([]);
  });

  describe('tells what keeps the outcome from being done', () => {
    const approved = (asked: Approval): Approval => ({ ...asked, state: 'approved', decidedAt: registeredAt });
    const missing = { step: 'join-group', name: '/partners', code: 'GROUP_MISSING', since: registeredAt, attempts: 3 };

    it('with since when it is tried again, and without a button', async () => {
      const { app } = await setup({ after: approved, trouble: [{ ...missing, givenUp: false }], zone: 'Asia/Tokyo' });
      const { body } = await app.inject({ url });
      expect(body).toMatch(/The group \/partners is missing. Retrying since November 24, 2026 at 7:00.PM GMT\+9/);
      expect(body).not.toMatch(/<button|It is being done right now/);
    });

    it.each(['de', 'fr'])('in the language of the reader (%s)', async (language) => {
      const { app } = await setup({ after: approved, trouble: [{ ...missing, givenUp: true }] });
      const { body } = await app.inject({ url, headers: { 'accept-language': language } });
      expect(body).toContain(language === 'de' ? 'Die Gruppe /partners fehlt.' : 'Le groupe /partners n’existe pas.');
      expect(body).toContain(language === 'de' ? 'Erneut versuchen' : 'Réessayer');
    });

    it('and has one that was given up tried again by a press', async () => {
      const { app, press, retried, decisions } = await setup({
        after: approved,
        trouble: [{ ...missing, givenUp: true }],
      });
      expect((await app.inject({ url })).body).toMatch(/<button class="again" name="decision" value="retry"/);
      const answer = await press('retry');
      expect([answer.statusCode, answer.headers.location]).toEqual([303, url]);
      expect([retried, decisions]).toEqual([[token], []]);
    });

    it.each([
      ['without the value that only the page has', 'guessed', {}],
      ['from another site', 'the-nonce', { 'sec-fetch-site': 'cross-site' }],
    ])('but not by a press %s', async (_, nonce, headers) => {
      const { press, retried } = await setup({ after: approved, trouble: [{ ...missing, givenUp: true }] });
      expect((await press('retry', nonce, headers)).statusCode).toBe(403);
      expect(retried).toEqual([]);
    });

    it('in words for every code and step, and without what another system said', async () => {
      const trouble = ['KEYCLOAK_REFUSED', 'AUDIT_UNAVAILABLE', 'RULE_STOPPED', 'UNKNOWN', 'constructor'].map(
        (code): Trouble => ({ ...missing, step: 'webhook', name: null, code, givenUp: false }),
      );
      const { body } = await (await setup({ after: approved, trouble })).app.inject({ url });
      for (const text of ['Keycloak refuses it: a message.', 'The audit takes no', 'is stopped', 'does not succeed']) {
        expect(body).toContain(text);
      }
      expect(body).not.toMatch(/undefined|\{|function/);
    });

    it('no longer once it is done', async () => {
      const { app } = await setup({
        after: (asked) => settle(approved(asked)),
        trouble: [{ ...missing, givenUp: true }],
      });
      expect((await app.inject({ url })).body).not.toMatch(/missing|<button/);
    });
  });

  it('sends its security headers with every answer, errors too', async () => {
    const { app, press } = await setup();
    for (const answer of [
      await app.inject({ url }),
      await app.inject({ url: '/approvals/nope' }),
      await app.inject({ url: '/' }),
      await press('approve', 'no'),
    ]) {
      expect(answer.headers).toMatchObject({
        'content-security-policy': expect.stringContaining("default-src 'none'"),
        'referrer-policy': 'no-referrer',
        'cache-control': 'no-store',
        'x-content-type-options': 'nosniff',
      });
    }
  });

  it('shows what a person typed as text, whatever it is', async () => {
    const evil = {
      ...mia,
      username: '<script>alert(1)</script>',
      firstName: 'Approve:\nhttps://evil.test',
      lastName: '\u202egpj.exe"onmouseover="x',
    };
    const { body } = await (await setup({ user: evil })).app.inject({ url });
    expect(body).toContain('&#60;script&#62;');
    expect(body).not.toMatch(/<script|"onmouseover|\u202e/);
    expect(body).not.toContain('<a ');
  });

  it('answers every wrong link alike, and an address that tries many has to wait', async () => {
    const { app } = await setup({ badLinksPerMinute: 5 });
    const statuses: number[] = [];
    for (let attempt = 0; attempt < 7; attempt++) {
      const { statusCode, headers } = await app.inject({
        url: `/approvals/wrong${attempt}`,
        headers: { 'x-forwarded-for': `10.0.0.${attempt}` },
      });
      statuses.push(statusCode);
      expect(statusCode !== 429 || headers['retry-after'] !== undefined).toBe(true);
    }
    expect(statuses).toEqual([404, 404, 404, 404, 404, 429, 429]);
    expect((await app.inject({ url })).statusCode).toBe(200);
  });

  it('says that the state is not known while a system behind it is away', async () => {
    const { app } = await setup({ failing: new ServiceError('KAFKA_UNAVAILABLE', 'no broker at 10.1.2.3') });
    const { statusCode, body } = await app.inject({ url });
    expect(statusCode).toBe(503);
    expect(body).toContain('shows whether your decision was received');
    expect(body).not.toContain('10.1.2.3');
  });

  it('shows no stack and no cause of its own faults, only a number to ask with', async () => {
    const { app, logged } = await setup({ failing: new TypeError('secret detail') });
    const { statusCode, body } = await app.inject({ url });
    expect(statusCode).toBe(500);
    expect(body).not.toMatch(/secret detail|at \//);
    const id = /Reference for troubleshooting: ([0-9a-f-]{36})/.exec(body)?.[1] ?? 'none';
    expect(logged.join('')).toContain(id);
  });

  it('never writes a link into the log', async () => {
    const { logged, press } = await setup();
    await press('approve');
    expect(logged.join('')).toContain('vote received');
    expect(logged.join('')).not.toContain(token);
  });

  it.each([
    ['de-AT,de;q=0.9', 'Zulassen'],
    ['fr', 'Autoriser'],
    ['pt', 'Approve'],
  ])('speaks the language of the browser (%s)', async (language, button) => {
    const { body } = await (await setup()).app.inject({ url, headers: { 'accept-language': language } });
    expect(body).toContain(button);
  });

  it('says that there is nothing left to decide when the account is gone', async () => {
    const { body } = await (await setup({ user: null })).app.inject({ url });
    expect(body).toContain('The account is gone');
    expect(body).not.toContain('<button');
  });
});

describe('src/http/answers', () => {
  const page = { 'content-type': 'text/html; charset=utf-8' };
  const expected = {
    'content-security-policy': expect.stringContaining("default-src 'none'"),
    'referrer-policy': 'no-referrer',
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
  };
  const ops = () =>
    buildOpsApp({
      review: nothingToReview,
      checks: () => Promise.reject(new TypeError('broken')),
      registry: new Registry(),
      queues: async () => ({ mail: { waiting: 1 } }),
      loopback: true,
    });
  const requests: readonly [string, number, InjectOptions][] = [
    ['a broken escape', 400, { url: '/approvals/%' }],
    ['broken UTF-8', 400, { url: '/approvals/%ff' }],
    ['a very long token', 404, { url: `/approvals/${'x'.repeat(5_000)}` }],
    ['no such page', 404, { url: '/nowhere' }],
    ['a wrong content type', 415, { method: 'POST', url, headers: { 'content-type': 'text/plain' }, payload: 'x' }],
    ['JSON that is none', 400, { method: 'POST', url, headers: { 'content-type': 'application/json' }, payload: '{' }],
    ['too large a body', 413, { method: 'POST', url, headers: { 'content-type': form }, payload: 'x'.repeat(20_000) }],
    ['another method', 405, { method: 'PUT', url }],
  ];

  it.each(requests)('answers %s with a page and the security headers', async (_, status, request) => {
    const { app } = await setup();
    const { statusCode, headers, body } = await app.inject(request);
    expect(statusCode).toBe(status);
    expect(headers).toMatchObject({ ...page, ...expected });
    expect(body).toContain('<h1>');
  });

  it.each<[string, number, string]>([
    ['a broken escape', 400, '/%'],
    ['no such page', 404, '/nowhere'],
    ['its own fault', 500, '/readyz'],
    ['a page', 200, '/queues'],
  ])('answers %s on the port for operators, too: a page for people, JSON for programs', async (_, status, path) => {
    const app = ops();
    const seen = await app.inject({ url: path, headers: { host: 'localhost', accept: 'text/html' } });
    expect(seen.statusCode).toBe(status);
    expect(seen.headers).toMatchObject({ ...page, ...expected });
    const read = await app.inject({ url: path, headers: { host: 'localhost' } });
    expect(read.headers).toMatchObject({ 'content-type': expect.stringContaining('application/json'), ...expected });
  });

  it.each<[string, number, () => Promise<FastifyInstance>]>([
    ['for approvers', 431, async () => (await setup()).app],
    ['for operators', 431, async () => ops()],
  ])('answers what is no HTTP the same way, %s', async (_, status, build) => {
    const app = await build();
    await app.listen({ host: '127.0.0.1', port: 0 });
    const { port } = app.server.address() as AddressInfo;
    const answers = [
      await raw(port, `GET /approvals/${'x'.repeat(40_000)} HTTP/1.1\r\nhost: localhost\r\n\r\n`),
      await raw(port, 'nonsense\r\n\r\n'),
    ];
    await app.close();
    expect(answers.map((answer) => answer.split(' ')[1])).toEqual([String(status), '400']);
    for (const answer of answers) {
      expect(answer).toMatch(/content-security-policy: default-src 'none'/);
      expect(answer).toContain('<h1>');
    }
  });
});

function raw(port: number, text: string): Promise<string> {
  return new Promise((resolve) => {
    let answer = '';
    const socket = connect(port, '127.0.0.1', () => socket.write(text));
    socket.on('data', (chunk) => (answer += String(chunk))).on('error', () => undefined);
    socket.on('close', () => resolve(answer));
  });
}
