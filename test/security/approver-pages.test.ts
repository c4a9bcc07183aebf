import { afterEach, describe, expect, it } from '@jest/globals';

import { member } from '../fakes/directory.ts';
import { mia } from '../fakes/registrations.ts';
import { formType, send, sendForm } from './support/client.ts';
import { firstFormOf, formOf, press, pressOn, read } from './support/forms.ts';
import { openScene, type Scene, type SceneOptions } from './support/scene.ts';

// What else an approver can do by the link: hand the question over to a colleague, and have tried again what was given up.

let scene: Scene;

afterEach(() => scene.close());

const dora = member('dora@acme.com');
const eve = member('eve@acme.com');
const myself = member('mia@work.test', { userId: mia.userId });
const sameAddress = member('mia@example.test', { userId: 'another-account' });

async function open(options: SceneOptions = {}): Promise<Scene> {
  scene = await openScene({ ...options, request: { need: 2, delegate: '/desk', ...options.request } });
  scene.directory.members.set('/desk', [dora, eve, myself, sameAddress]);
  return scene;
}

type Fields = Readonly<Record<string, string>>;
const pageOf = (url: string): string => `${url}/delegate`;

/** What the page sends that lists the colleagues, with one chosen. */
async function chosen(url: string, to = dora.userId): Promise<Fields> {
  return { ...firstFormOf((await send(pageOf(url))).body), to };
}

/** What the page sends that asks once more. */
async function confirmed(url: string, to = dora.userId): Promise<Fields> {
  const { body } = await sendForm(pageOf(url), await chosen(url, to));
  return formOf(body, 'yes') ?? {};
}

describe('the page on which an approver hands the question over', () => {
  it.each(['GET', 'HEAD', 'OPTIONS', 'PUT'])('S1: %s a hundred times changes nothing', async (method) => {
    const { url, all } = await open();
    const body = new URLSearchParams(await confirmed(url)).toString();
    const before = all();
    for (let time = 0; time < 100; time++) {
      const { status } = await send(`${pageOf(url)}?${body}`, { method, body, headers: { 'content-type': formType } });
      expect([200, 204, 405]).toContain(status);
    }
    expect(all()).toBe(before);
  });

  it('S4: to choose changes nothing; to confirm hands over, once; and who handed over votes no more', async () => {
    const { url, all, current, votes } = await open();
    const [vote, form] = [await read(url, 'approve'), await chosen(url)];
    const before = all();
    await sendForm(pageOf(url), form);
    expect(all()).toBe(before);
    const sure = await confirmed(url);
    const other = await confirmed(url, eve.userId);
    expect((await sendForm(pageOf(url), sure)).headers.location).toBe(new URL(pageOf(url)).pathname);
    const after = await current();
    expect(after).toMatchObject({ approvers: ['ann@acme.com', 'bob@acme.com', dora.address], retired: [0] });
    for (const repeated of [sure, other]) {
      await sendForm(pageOf(url), repeated);
    }
    expect((await pressOn(url, vote, 'approve')).status).toBe(409);
    expect(await current()).toEqual(after);
    expect(votes()).toEqual([]);
  });

  it('S5: of a vote and many a handing over at once, one counts: nobody votes and hands over', async () => {
    const { url, current } = await open();
    const vote = await read(url, 'approve');
    const sure = [await confirmed(url), await confirmed(url, eve.userId)];
    await Promise.all(
      Array.from({ length: 50 }, (_, nth) =>
        nth % 3 === 0 ? pressOn(url, vote, 'approve') : sendForm(pageOf(url), sure[nth % 2] ?? {}),
      ),
    );
    const { votes, handedOver = [], approvers } = await current();
    expect(votes.length + handedOver.length).toBe(1);
    expect(approvers.length).toBe(2 + handedOver.length);
  });

  it('S6, S7: by no wrong link, nobody else’s form, and to nobody but a colleague of the group', async () => {
    const { url, bobs, all, at, withdrawal } = await open();
    const [form, sure, ofBob] = [await chosen(url), await confirmed(url), await confirmed(bobs)];
    const before = all();
    const token = scene.tokens[0];
    const wrong = [
      ...[0, 5, 30, 60, 76].map((index) => token.slice(0, index) + 'x' + token.slice(index + 1)),
      withdrawal,
      'k1',
    ];
    for (const one of wrong) {
      expect((await send(pageOf(at(one)))).status).toBe(404);
      expect((await sendForm(pageOf(at(one)), sure)).status).toBe(404);
    }
    expect((await sendForm(pageOf(url), ofBob)).status).toBe(403);
    // The page that asks once more is for one colleague.
    expect((await sendForm(pageOf(url), { ...sure, to: eve.userId })).status).toBe(403);
    expect((await sendForm(pageOf(url), { ...form, sure: 'yes' })).status).toBe(403);
    // Not listed: the person who registered, by account or by address, and strangers.
    const { body } = await send(pageOf(url));
    for (const to of [myself.userId, sameAddress.userId, 'a-stranger', '', '__proto__']) {
      expect(to === '' || body.includes(`value="${to}"`)).toBe(to === '');
      const answer = await sendForm(pageOf(url), { ...form, to });
      expect(formOf(answer.body, 'yes')).toBeNull();
    }
    expect(all()).toBe(before);
  });

  it('S8: not after the end of the time', async () => {
    const { url, clock, approval, all } = await open();
    const sure = await confirmed(url);
    const before = all();
    clock.now = approval.expiresAt;
    expect((await sendForm(pageOf(url), sure)).status).toBe(410);
    expect((await send(pageOf(url))).status).toBe(410);
    expect(all()).toBe(before);
  });

  it('S11, S12, S13: counts wrong links, wants the form of the page, and has the headers', async () => {
    const { url, at, all } = await open({ app: { badLinksPerMinute: 2 } });
    const sure = await confirmed(url);
    const text = new URLSearchParams(sure).toString();
    const before = all();
    const post = (type: string, body: string) =>
      send(pageOf(url), { method: 'POST', headers: { 'content-type': type }, body });
    const answers = [
      await sendForm(pageOf(url), sure, { headers: { 'sec-fetch-site': 'cross-site' } }),
      await sendForm(pageOf(url), { ...sure, nonce: 'A'.repeat(43) }),
      await sendForm(`${pageOf(url)}?${text}`, {}),
      await post(formType, `${text}&${text}`),
      await post('text/plain', text),
      await post('application/json', JSON.stringify(sure)),
      await send(pageOf(at('k1.a'))),
      await send(pageOf(at('k1.b'))),
      await send(pageOf(at('k1.c'))),
      await send(pageOf(url)),
    ];
    expect(answers.map(({ status }) => status)).toEqual([403, 403, 403, 403, 415, 415, 404, 404, 429, 200]);
    for (const { headers } of answers) {
      expect(headers).toMatchObject({
        'content-security-policy': expect.stringMatching(/^default-src 'none'; .*frame-ancestors 'none'/),
        'referrer-policy': 'no-referrer',
        'cache-control': 'no-store',
      });
    }
    expect(all()).toBe(before);
  });
});

describe('the button that has tried again what was given up', () => {
  const lost = { givenUp: true, setbacks: [], code: 'GROUP_MISSING', attempts: 3, queuedAt: 0, nextAt: null };

  it('S1, S4, S7, S12: counts only from the page of a decided request, once, and decides nothing', async () => {
    const { url, bobs, at, outcomeQueue, current } = await open({ request: { need: 1 } });
    const unasked = { decision: 'retry', nonce: 'A'.repeat(43) };
    expect((await sendForm(url, unasked)).status).toBe(403);
    await press(url, 'approve');
    const decided = await current();
    outcomeQueue.state = lost;
    const form = formOf((await send(url)).body, 'retry') ?? {};
    expect(form).toMatchObject({ decision: 'retry' });
    const refused = [
      await send(`${url}?${new URLSearchParams(form).toString()}`),
      await sendForm(url, unasked),
      await sendForm(bobs, form),
      await sendForm(at('k1.a'), form),
      await sendForm(url, form, { headers: { 'sec-fetch-site': 'cross-site' } }),
      await sendForm(url, form, { headers: { 'content-type': 'text/plain' } }),
    ];
    expect(refused.map(({ status }) => status)).toEqual([200, 403, 403, 404, 403, 415]);
    expect(outcomeQueue.retried).toBe(0);
    for (let time = 0; time < 3; time++) {
      expect((await sendForm(url, form)).status).toBe(303);
    }
    expect(outcomeQueue.retried).toBe(1);
    expect(await current()).toEqual(decided);
  });
});
