import { Writable } from 'node:stream';

import { describe, expect, it } from '@jest/globals';

import type { Approval } from '../../src/approvals/approval.ts';
import { ask } from '../../src/approvals/open.ts';
import { expire, markObsolete, settle, vote, withdraw } from '../../src/approvals/transitions.ts';
import type { Voting } from '../../src/approvals/voting.ts';
import type { Withdrawing, WithdrawalView } from '../../src/approvals/withdrawing.ts';
import { buildApprovalsApp } from '../../src/http/approvals.ts';
import { createLog } from '../../src/platform/log.ts';
import { ServiceError } from '../../src/platform/errors.ts';
import { requestOf } from '../fakes/approval-requests.ts';
import { context, registeredAt } from '../fakes/registrations.ts';
import { shownNames } from '../fakes/shown-names.ts';

const token = `k.${'t'.repeat(71)}`;
const url = `/withdraw/${token}`;
const form = 'application/x-www-form-urlencoded';
const asked = ask({ context, request: requestOf(), approvers: ['desk@acme.com'], now: registeredAt });
const now = registeredAt + 60_000;

function voted(verdict: 'approve' | 'reject'): Approval {
  const counted = vote(asked, { approver: 'desk@acme.com', verdict, at: now, ip: null, userAgent: null });
  if ('refused' in counted) {
    throw new Error(counted.refused);
  }
  return counted.next;
}

async function setup(start: Approval = asked, changes: Partial<WithdrawalView> = {}) {
  let approval = start;
  let presses = 0;
  const known = (given: string): void => {
    if (given !== token) {
      throw new ServiceError('LINK_INVALID', 'this link is not valid');
    }
  };
  const withdrawing: Withdrawing = {
    view: async (given) => {
      known(given);
      return { approval, recorded: true, over: false, account: 'unknown', zone: 'UTC', nonce: 'the-nonce', ...changes };
    },
    withdraw: async (given, nonce) => {
      known(given);
      if (nonce !== 'the-nonce') {
        throw new ServiceError('FORM_INVALID', 'this does not come from the page');
      }
      presses++;
      approval = approval.state === 'waiting' ? withdraw(approval, now) : approval;
      return approval;
    },
  };
  const nobody: Voting = {
    view: () => Promise.reject(new ServiceError('LINK_INVALID', 'this link is not valid')),
    decide: () => Promise.reject(new ServiceError('LINK_INVALID', 'this link is not valid')),
  };
  const logged: string[] = [];
  const sink = new Writable({ write: (chunk: Buffer, _encoding, done) => (logged.push(String(chunk)), done()) });
  const log = createLog('debug', sink);
  const app = await buildApprovalsApp({
    voting: nobody,
    withdrawing,
    names: shownNames,
    log,
    now: () => registeredAt,
    trustedProxies: [],
    badLinksPerMinute: 5,
  });
  return {
    app,
    logged,
    presses: () => presses,
    page: async (language = 'en') => (await app.inject({ url, headers: { 'accept-language': language } })).body,
    press: (nonce = 'the-nonce', headers: Record<string, string> = {}, to = url) =>
      app.inject({
        method: 'POST',
        url: to,
        headers: { 'content-type': form, ...headers },
        payload: new URLSearchParams({ nonce }).toString(),
      }),
  };
}

describe('src/http/withdraw', () => {
  it('says for which application, since when, and what a withdrawal does, and shows nothing of the account', async () => {
    const body = await (await setup()).page();
    for (const text of ['Partner Portal', 'November 24, 2026', 'your account is deleted', 'Withdraw and delete']) {
      expect(body).toContain(text);
    }
    expect(body).toContain('<button');
    expect(body).not.toMatch(/<script|https?:\/\/|mia|desk@acme\.com/);
    expect(body).not.toContain(token);
  });

  it('tells times in the zone of the rule file, and names it', async () => {
    expect(await (await setup(asked, { zone: 'Asia/Tokyo' })).page()).toMatch(/November 24, 2026 at 7:00.PM GMT\+9/);
  });

  it.each([
    ['en', 'Withdraw your request'],
    ['de', 'Ihre Anfrage'],
    ['fr', 'Retirer votre demande'],
  ])('speaks %s', async (language, text) => {
    const body = await (await setup()).page(language);
    expect(body).toContain(text);
    expect(body).toContain(`<html lang="${language}">`);
  });

  it.each(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE', 'PATCH'] as const)(
    'withdraws nothing on %s, ever so often',
    async (method) => {
      const { app, presses } = await setup();
      for (let time = 0; time < 20; time++) {
        await app.inject({ method, url, headers: { 'sec-purpose': 'prefetch' } });
      }
      expect(presses()).toBe(0);
    },
  );

  it('withdraws when the button of the page is pressed, and says so on every reload and press after that', async () => {
    const { page, press, logged } = await setup();
    const answer = await press();
    expect([answer.statusCode, answer.headers.location]).toEqual([303, url]);
    for (const body of [await page(), await page()]) {
      expect(body).toContain('You withdrew your request on November 24, 2026');
      expect(body).not.toContain('<button');
    }
    expect((await press()).statusCode).toBe(303);
    expect(logged.join()).not.toContain(token);
  });

  it.each([
    ['without the value that only the page has', 403, ['guessed']],
    ['from another site', 403, ['the-nonce', { 'sec-fetch-site': 'cross-site' }]],
    ['in another form than a form', 415, ['the-nonce', { 'content-type': 'text/plain' }]],
    ['that is too large', 413, ['x'.repeat(20_000)]],
  ] as const)('refuses a press %s', async (_, status, [nonce, headers]) => {
    const { press, presses } = await setup();
    expect((await press(nonce, headers)).statusCode).toBe(status);
    expect(presses()).toBe(0);
  });

  it.each([
    ['approved', voted('approve'), 'was decided on'],
    ['rejected', voted('reject'), 'was decided on'],
    ['expired', expire(asked, now), 'was not decided in time'],
    ['gone', markObsolete(asked, now), 'The account is gone'],
  ])('tells whom it is too late for what is the case: %s', async (_, approval, text) => {
    const { page, press } = await setup(approval);
    const body = await page();
    expect(body).toContain(text);
    expect(body).toContain('<title>Your request to join Partner Portal is no longer open</title>');
    expect(body).not.toContain('<button');
    const late = await press();
    expect(late.statusCode).toBe(409);
    expect(late.body).toContain(text);
  });

  it('offers no button when the time is up and the sweep has not come by', async () => {
    const body = await (await setup(asked, { over: true })).page();
    expect(body).toContain('was not decided in time');
    expect(body).not.toContain('<button');
  });

  it.each([
    ['is being deleted', withdraw(asked, now), {}, 'is being deleted right now'],
    ['is deleted', settle(withdraw(asked, now)), { account: 'deleted' }, 'Your account is deleted'],
    ['was kept', settle(withdraw(asked, now)), { account: 'kept' }, 'was not deleted: it is protected'],
    ['waits for Kafka', withdraw(asked, now), { recorded: false }, 'is being recorded'],
  ] as const)('tells what becomes of an account that %s', async (_, approval, view, text) => {
    expect(await (await setup(approval, view)).page()).toContain(text);
  });

  it('answers every wrong link alike, as for approvers, and an address that tries many has to wait', async () => {
    const { app, press } = await setup();
    const wrong = ['/withdraw/x', `/withdraw/k.${'u'.repeat(71)}`, `/withdraw/${token}x`, '/approvals/x'];
    const withoutId = (body: string): string => body.replaceAll(/[0-9a-f-]{36}/g, '');
    const answers = await Promise.all(wrong.map((bad) => app.inject({ url: bad })));
    expect(new Set(answers.map(({ statusCode, body }) => `${statusCode} ${withoutId(body)}`)).size).toBe(1);
    expect(answers[0]?.statusCode).toBe(404);
    expect((await press('x', {}, '/withdraw/x')).statusCode).toBe(404);
    expect((await app.inject({ url: '/withdraw/x' })).statusCode).toBe(429);
    expect((await app.inject({ url })).statusCode).toBe(200);
  });

  it('sends its security headers with every answer', async () => {
    const { app, press } = await setup();
    for (const answer of [await app.inject({ url }), await app.inject({ url: '/withdraw/x' }), await press('no')]) {
      expect(answer.headers).toMatchObject({
        'content-security-policy': expect.stringContaining("default-src 'none'"),
        'referrer-policy': 'no-referrer',
        'cache-control': 'no-store',
      });
    }
  });

  it('shows a hostile name of an application as text', async () => {
    const body = await (await setup({ ...asked, application: '<script>x</script>\u202e"' })).page();
    expect(body).toContain('&#60;script&#62;');
    expect(body).not.toMatch(/<script|\u202e/);
  });
});
