import { describe, expect, it } from '@jest/globals';
import type { InjectOptions } from 'fastify';
import { Registry } from 'prom-client';

import type { Review, Reviewed } from '../../src/approvals/review.ts';
import { buildOpsApp } from '../../src/http/ops.ts';
import { asked } from '../fakes/stored-approvals.ts';

const trouble = { step: 'join-group', name: '/partners', code: 'GROUP_MISSING', since: 1, attempts: 3, givenUp: true };
const approval = asked({
  state: 'approved',
  decidedAt: Date.now() - 7_200_000,
  application: '<b>Portal</b>',
  votes: [{ approver: 'desk@acme.test', verdict: 'approve', at: 1, ip: null, userAgent: null }],
});
const lost: Reviewed = { approval, standing: 'given-up', trouble: [trouble], unsent: [] };

async function setup(seen: Partial<Review> = {}) {
  const retried: string[] = [];
  const app = buildOpsApp({
    checks: async () => ({}),
    registry: new Registry(),
    queues: async () => ({}),
    review: {
      review: async () => ({ requests: [lost], more: 0, ...seen }),
      retry: async (id) => (retried.push(id), true),
    },
    loopback: true,
  });
  const open = (options: InjectOptions = {}) =>
    app.inject({ url: '/review', headers: { host: 'localhost:9464', accept: 'text/html' }, ...options });
  const nonce = async (): Promise<string> => /name="nonce" value="([^"]+)"/.exec((await open()).body)?.[1] ?? '';
  const press = async (
    form: Record<string, string>,
    headers: Record<string, string> = {},
    remoteAddress = '127.0.0.1',
  ) =>
    app.inject({
      method: 'POST',
      url: '/review/retry',
      remoteAddress,
      headers: { host: 'localhost:9464', 'content-type': 'application/x-www-form-urlencoded', ...headers },
      payload: new URLSearchParams(form).toString(),
    });
  return { app, open, nonce, press, retried };
}

describe('src/http/review', () => {
  it('shows what is given up, in ids, with a button', async () => {
    const { body } = await (await setup()).open();
    expect(body).toContain('The group /partners is missing.');
    expect(body).toMatch(/GROUP_MISSING; 3 attempts, the first \d+ days ago/);
    expect(body).toContain('approved by d…@acme.test 2 hours ago');
    expect(body).toContain(approval.userId);
    expect(body).toMatch(/<button>\s*Try again/);
    expect(body).not.toMatch(/desk@acme\.test|<b>|<script/);
  });

  it('shows what waits: how long, until when, who is asked, votes, and mails that were not sent', async () => {
    const waiting = asked({ askedAt: Date.now() - 180_000, need: 2, approvers: ['ann@acme.test', 'slack:desk'] });
    const unsent = [
      { approvalId: waiting.id, to: 0, code: 'MAIL_REFUSED', at: Date.now(), job: 'mail/ask-1' },
    ] as const;
    const requests: Reviewed[] = [{ approval: waiting, standing: 'waiting', trouble: [], unsent }];
    const { body } = await (await setup({ requests, more: 3 })).open();
    for (const text of [
      '3 minutes ago',
      'a…@acme.test, slack:desk',
      '0 of 2',
      'was not sent',
      'mail/ask-1',
      '3 more',
    ]) {
      expect(body).toContain(text);
    }
    expect(body).not.toContain('<button');
  });

  it('is JSON for programs', async () => {
    const { open } = await setup();
    const { body } = await open({ headers: { host: 'localhost:9464' } });
    expect(JSON.parse(body)).toMatchObject({
      requests: [{ id: approval.id, standing: 'given-up', trouble: [{ code: 'GROUP_MISSING' }] }],
    });
  });

  it('has a request tried again by a press', async () => {
    const { nonce, press, retried } = await setup();
    const same = { origin: 'null', 'sec-fetch-site': 'same-origin' }; // as browsers send it
    const answer = await press({ id: approval.id, nonce: await nonce() }, same);
    expect([answer.statusCode, answer.headers.location]).toEqual([303, '/review']);
    expect(retried).toEqual([approval.id]);
  });

  it.each<[string, Record<string, string>, Record<string, string>, string]>([
    ['without the value of the page', { nonce: 'guessed' }, {}, '127.0.0.1'],
    ['for another request than the button’s', { id: '0'.repeat(32) }, {}, '127.0.0.1'],
    ['from another site', {}, { 'sec-fetch-site': 'cross-site' }, '127.0.0.1'],
    ['from another port of this machine', {}, { 'sec-fetch-site': 'same-site' }, '127.0.0.1'],
    ['from another origin, by an old browser', {}, { origin: 'http://localhost:3000' }, '127.0.0.1'],
    ['from a page that nobody can name, by an old browser', {}, { origin: 'null' }, '127.0.0.1'],
    ['for another host name', {}, { host: 'evil.test' }, '127.0.0.1'],
    ['from another machine', {}, {}, '192.0.2.9'],
  ])('refuses a press %s', async (_, form, headers, remoteAddress) => {
    const { nonce, press, retried } = await setup();
    const given = { id: approval.id, nonce: await nonce(), ...form };
    expect((await press(given, headers, remoteAddress)).statusCode).toBe(403);
    expect(retried).toEqual([]);
  });

  it.each<[string, InjectOptions]>([
    ['another machine', { remoteAddress: '192.0.2.9' }],
    ['another host name', { headers: { host: 'evil.test', accept: 'text/html' } }],
  ])('shows nothing to %s', async (_, options) => {
    const { statusCode, body } = await (await setup()).open(options);
    expect(statusCode).toBe(403);
    expect(body).not.toContain(approval.id);
  });

  it('changes nothing by looking, ever so often', async () => {
    const { app, open, retried } = await setup();
    await open();
    await app.inject({ method: 'GET', url: `/review/retry?id=${approval.id}`, headers: { host: 'localhost' } });
    expect(retried).toEqual([]);
  });
});
