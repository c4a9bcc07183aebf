import { describe, expect, it } from '@jest/globals';
import type { InjectOptions } from 'fastify';

import type { Approval } from '../../src/approvals/approval.ts';
import { createDelegation } from '../../src/approvals/delegate.ts';
import { Links } from '../../src/approvals/links.ts';
import { ask } from '../../src/approvals/open.ts';
import { unheard, vote } from '../../src/approvals/transitions.ts';
import type { Voting } from '../../src/approvals/voting.ts';
import { buildApprovalsApp } from '../../src/http/approvals.ts';
import { createLog } from '../../src/platform/log.ts';
import { FakeAccounts } from '../fakes/accounts.ts';
import { requestOf } from '../fakes/approval-requests.ts';
import { FakeApprovals } from '../fakes/approvals.ts';
import { FakeDirectory, member } from '../fakes/directory.ts';
import { context, mia, registeredAt } from '../fakes/registrations.ts';
import { shownNames } from '../fakes/shown-names.ts';
import { inBerlin } from '../fakes/rule-books.ts';

const links = new Links([{ id: 'k', secret: Buffer.alloc(32, 7) }]);
const now = registeredAt + 1_000;

async function setup(changes: Parameters<typeof requestOf>[0] = {}, more: Partial<Approval> = {}) {
  const accounts = new FakeAccounts();
  accounts.add(mia.userId, { email: 'mia@example.test' });
  const approvals = new FakeApprovals();
  const request = requestOf({ delegate: '/desk', ...changes });
  const approvers = ['ann@acme.com', 'bob@acme.com'];
  const approval = { ...ask({ context, request, approvers, now: registeredAt }), ...more };
  await approvals.open(approval);
  const directory = new FakeDirectory();
  directory.members.set('/desk', [
    member('zoe@acme.com', { name: 'Zoë Zimmer' }),
    member('ann@acme.com', { name: 'Ann' }),
    member('Cem@acme.com', { name: 'Cem <b>Çelik</b>', locale: 'de', zone: 'Europe/Berlin' }),
    member('other@example.test', { userId: mia.userId, name: 'Mia under another address' }),
    member('MIA@example.test', { name: 'Another Mia' }),
  ]);
  const delegation = createDelegation({
    approvals,
    links,
    users: accounts,
    directory,
    rules: () => inBerlin,
    now: () => now,
  });
  const log = createLog('fatal', process.stderr);
  const app = await buildApprovalsApp({
    voting: {} as Voting,
    delegation,
    names: shownNames,
    log,
    now: () => now,
    trustedProxies: [],
  });
  const urlOf = (approver: number) => `/approvals/${links.tokenFor(approval, approver)}/delegate`;
  const get = (approver = 0, language = 'en') =>
    app.inject({ url: urlOf(approver), headers: { 'accept-language': language } });
  const post = (form: Readonly<Record<string, string>>, approver = 0, headers: InjectOptions['headers'] = {}) =>
    app.inject({
      url: urlOf(approver),
      method: 'POST',
      payload: new URLSearchParams(form).toString(),
      headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
    });
  const nonceIn = (body: string) => /name="nonce"\s+value="([^"]+)"/.exec(body)?.[1] ?? '';
  /** Chooses, is asked once more, and confirms. */
  const handOver = async (to: string, approver = 0) => {
    const sure = await post({ to, nonce: nonceIn((await get(approver)).body) }, approver);
    return post({ to, nonce: nonceIn(sure.body), sure: 'yes' }, approver);
  };
  const current = async () => (await approvals.get(approval.id)) ?? approval;
  return { approvals, approval, directory, get, post, handOver, nonceIn, current, app, urlOf, accounts };
}

describe('src/http/delegate', () => {
  it('lists the colleagues of the group by name, and neither the approver nor the person who registered', async () => {
    const { get } = await setup();
    const { statusCode, body, headers } = await get();
    expect(statusCode).toBe(200);
    const shown = [...body.matchAll(/<bdi>(.*?)<\/bdi>/g)].map(([, name]) => name);
    expect(shown).toEqual(['Cem &#60;b&#62;Çelik&#60;/b&#62; (cem@acme.com)', 'Zoë Zimmer (zoe@acme.com)']);
    expect(headers).toMatchObject({ 'referrer-policy': 'no-referrer', 'cache-control': 'no-store' });
  });

  it('changes nothing by a GET, nor by a choice: it asks once more, by name', async () => {
    const { get, post, nonceIn, current, approval } = await setup();
    const sure = await post({ to: 'id-of-zoe', nonce: nonceIn((await get()).body) });
    expect(sure.statusCode).toBe(200);
    expect(sure.body).toContain('Hand this request over to Zoë Zimmer (zoe@acme.com)?');
    expect(await current()).toEqual(approval);
  });

  it('hands over: the colleague is to get a mail in their language, and the approver cannot vote', async () => {
    const { handOver, current, get, urlOf } = await setup();
    const { statusCode, headers } = await handOver('id-of-Cem');
    expect([statusCode, headers.location]).toEqual([303, urlOf(0)]);
    const after = await current();
    expect(after).toMatchObject({
      state: 'waiting',
      approvers: ['ann@acme.com', 'bob@acme.com', 'cem@acme.com'],
      languages: [null, null, 'de'],
      zones: [null, null, 'Europe/Berlin'],
      retired: [0],
      handedOver: [{ from: 0, to: 2, at: now }],
      toAsk: [{ approver: 2, asking: 'handed-over-0' }],
    });
    expect(unheard(after)).toEqual([1, 2]);
    expect((await get()).body).toMatch(
      /You handed this request over to cem@acme\.com on November 24, 2026 at 11:00.AM GMT\+1/,
    );
  });

  it('says the same when the button is pressed twice, and hands over once', async () => {
    const { get, post, nonceIn, current } = await setup();
    const sure = nonceIn((await post({ to: 'id-of-zoe', nonce: nonceIn((await get()).body) })).body);
    const press = () => post({ to: 'id-of-zoe', nonce: sure, sure: 'yes' });
    expect((await Promise.all([press(), press()])).map(({ statusCode }) => statusCode)).toEqual([303, 303]);
    expect((await press()).statusCode).toBe(303);
    expect((await current()).handedOver).toHaveLength(1);
  });

  it.each<[string, Readonly<Record<string, string>>, InjectOptions['headers']]>([
    ['no nonce', {}, {}],
    ['the nonce of the page that asks whom', { nonce: 'choose' }, {}],
    ['the nonce for another colleague', { nonce: 'confirm', to: 'id-of-Cem' }, {}],
    ['another site', { nonce: 'confirm' }, { 'sec-fetch-site': 'cross-site' }],
    ['no form', { nonce: 'confirm' }, { 'content-type': 'application/json' }],
  ])('hands nothing over with %s', async (_, form, headers) => {
    const { get, post, nonceIn, current, approval } = await setup();
    const choose = nonceIn((await get()).body);
    const confirm = nonceIn((await post({ to: 'id-of-zoe', nonce: choose })).body);
    const nonce = { choose, confirm }[form['nonce'] ?? ''] ?? 'x';
    const { statusCode } = await post({ to: 'id-of-zoe', sure: 'yes', ...form, nonce }, 0, headers);
    expect(statusCode).toBeGreaterThanOrEqual(400);
    expect(await current()).toEqual(approval);
  });

  it('hands nothing over to one who is not in the group, or left it since', async () => {
    const { get, post, nonceIn, current, approval, directory } = await setup();
    const choose = nonceIn((await get()).body);
    expect((await post({ to: 'somebody', nonce: choose })).body).toContain('Choose a colleague');
    const confirm = nonceIn((await post({ to: 'id-of-zoe', nonce: choose })).body);
    directory.members.set('/desk', []);
    const late = await post({ to: 'id-of-zoe', nonce: confirm, sure: 'yes' });
    expect(late.statusCode).toBe(409);
    expect(await current()).toEqual(approval);
    expect((await get()).body).toContain('There is no colleague');
  });

  it('offers no colleague without whom too few would be left', async () => {
    const { get, directory } = await setup({ need: 2 });
    directory.members.set('/desk', [member('bob@acme.com'), member('zoe@acme.com')]);
    const { body } = await get();
    expect(body).toContain('zoe@acme.com');
    expect(body).not.toContain('bob@acme.com');
  });

  it('says when the vote of another came first', async () => {
    const { get, post, nonceIn, current, approvals } = await setup();
    const confirm = nonceIn((await post({ to: 'id-of-zoe', nonce: nonceIn((await get()).body) })).body);
    const given = { approver: 'bob@acme.com', verdict: 'approve', at: now, ip: null, userAgent: null } as const;
    const counted = vote(await current(), given);
    await approvals.replace('next' in counted ? counted.next : await current());
    const late = await post({ to: 'id-of-zoe', nonce: confirm, sure: 'yes' });
    expect(late.statusCode).toBe(409);
    expect(late.body).toContain('This request is decided.');
    expect((await current()).state).toBe('approved');
  });

  it.each<[string, Parameters<typeof requestOf>[0], Partial<Approval>, number, string]>([
    ['before anybody is asked', { waitFor: 'email-verified' }, {}, 200, 'cannot be handed over'],
    ['for a chat', {}, { approvers: ['slack:desk', 'bob@acme.com'] }, 200, 'cannot be handed over'],
    ['after it left the approver', {}, { retired: [0] }, 200, 'You are not asked about this request any more'],
    ['when it has expired', {}, { state: 'expired' }, 200, 'time to decide is over'],
    ['when its time is up', {}, { expiresAt: now }, 410, 'time to decide is over'],
  ])('offers nothing %s', async (_, changes, more, status, says) => {
    const { get } = await setup(changes, more);
    const { statusCode, body } = await get();
    expect([statusCode, body.includes('type="radio"')]).toEqual([status, false]);
    expect(body).toContain(says);
  });

  it('answers a link that nobody made as every other page does', async () => {
    const { app } = await setup();
    const url = `/approvals/k.${'t'.repeat(74)}/delegate`;
    expect((await app.inject({ url })).statusCode).toBe(404);
  });

  it.each([
    ['de', 'Wählen Sie, wer an Ihrer Stelle entscheidet'],
    ['fr', 'Choisissez la personne qui décidera à votre place'],
  ])('speaks the language of the browser (%s)', async (language, says) => {
    const { get } = await setup();
    expect((await get(0, language)).body).toContain(says);
  });
});
