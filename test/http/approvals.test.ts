import { Writable } from 'node:stream';

import { describe, expect, it } from '@jest/globals';

import { ask } from '../../src/approval/ask.ts';
import type { ApprovalDesk, ApprovalView } from '../../src/approval/desk.ts';
import { vote } from '../../src/approval/outcome.ts';
import { ServiceError } from '../../src/errors.ts';
import { buildApprovalsApp } from '../../src/http/approvals.ts';
import { createLog } from '../../src/log.ts';
import type { UserFacts } from '../../src/rules/model.ts';
import { requestOf } from '../fakes/approval-requests.ts';
import { occasion, registeredAt } from '../fakes/registrations.ts';

const token = `k.${'t'.repeat(74)}`;
const url = `/approvals/${token}`;
const form = 'application/x-www-form-urlencoded';
const mia: UserFacts = {
  username: 'mia',
  email: 'mia@example.test',
  emailVerified: false,
  enabled: false,
  createdAt: 0,
  firstName: 'Mia',
  lastName: 'Meyer',
  locale: null,
  attributes: {},
};

async function setup({
  user = mia,
  failing,
  badLinksPerMinute = 5,
}: { user?: UserFacts | null; failing?: Error; badLinksPerMinute?: number } = {}) {
  const request = requestOf({
    approved: [{ uses: 'join-group', with: { group: '/partners' }, after: null }],
    rejected: [{ uses: 'delete-user', with: null, after: null }],
  });
  let approval = ask({ occasion, request, approvers: ['ann@acme.com'], now: registeredAt });
  const decisions: string[] = [];
  const view = (given: string): ApprovalView => {
    if (failing !== undefined) {
      throw failing;
    }
    if (given !== token) {
      throw new ServiceError('LINK_INVALID', 'this link is not valid');
    }
    return { approval, approver: 'ann@acme.com', user, nonce: 'the-nonce' };
  };
  const desk: ApprovalDesk = {
    view: async (given) => view(given),
    decide: async (given, verdict, meta) => {
      decisions.push(`${verdict} ${meta.ip}`);
      const counted = vote(approval, { approver: 'ann@acme.com', verdict, at: registeredAt + 1, ...meta });
      approval = 'next' in counted ? counted.next : approval;
      return view(given);
    },
  };
  const logged: string[] = [];
  const log = createLog(
    'debug',
    new Writable({ write: (chunk: Buffer, _encoding, done) => (logged.push(String(chunk)), done()) }),
  );
  const app = await buildApprovalsApp({ desk, log, trustedProxies: [], badLinksPerMinute });
  const press = (decision: string, nonce = 'the-nonce', headers: Record<string, string> = {}) =>
    app.inject({
      method: 'POST',
      url,
      headers: { 'content-type': form, ...headers },
      payload: new URLSearchParams({ decision, nonce }).toString(),
    });
  return { app, decisions, logged, press };
}

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
      'joins the group /partners',
      'the account is deleted',
    ]) {
      expect(body).toContain(text);
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

  it('says that nothing is recorded while a system behind it is away', async () => {
    const { app } = await setup({ failing: new ServiceError('KAFKA_UNAVAILABLE', 'no broker at 10.1.2.3') });
    const { statusCode, body } = await app.inject({ url });
    expect(statusCode).toBe(503);
    expect(body).toContain('not recorded');
    expect(body).not.toContain('10.1.2.3');
  });

  it('shows no stack and no cause of its own faults, only a number to ask with', async () => {
    const { app, logged } = await setup({ failing: new TypeError('secret detail') });
    const { statusCode, body } = await app.inject({ url });
    expect(statusCode).toBe(500);
    expect(body).not.toMatch(/secret detail|at \//);
    const id = /looks into it: ([0-9a-f-]{36})/.exec(body)?.[1] ?? 'none';
    expect(logged.join('')).toContain(id);
  });

  it('never writes a link into the log', async () => {
    const { logged, press } = await setup();
    await press('approve');
    expect(logged.join('')).toContain('vote received');
    expect(logged.join('')).not.toContain(token);
  });

  it.each([
    ['de-AT,de;q=0.9', 'Annehmen'],
    ['fr', 'Accepter'],
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

type Press = Awaited<ReturnType<typeof setup>>['press'];
