import { afterEach, describe, expect, it } from '@jest/globals';

import { Links } from '../../src/approvals/links.ts';
import { WithdrawalLinks } from '../../src/approvals/withdrawal-link.ts';
import { formType, send, sendForm, withoutId } from './support/client.ts';
import { firstFormOf, press, pressOn, read } from './support/forms.ts';
import { openScene, type Scene, type SceneOptions, secret } from './support/scene.ts';

// The link with which people take their own request back deletes an account: it is held to the rows of the approvers' links.

let scene: Scene;

afterEach(() => scene.close());

async function open(options: SceneOptions = {}): Promise<Scene> {
  scene = await openScene(options);
  return scene;
}

async function formAt(url: string): Promise<Readonly<Record<string, string>>> {
  const form = firstFormOf((await send(url)).body);
  if (form === null) {
    throw new Error('the page has no button');
  }
  return form;
}

const at = (token: string) => `http://127.0.0.1:${scene.port}/withdraw/${token}`;

describe('the page of a person who takes the request back', () => {
  it.each(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE'])('S1: %s a hundred times changes nothing', async (method) => {
    const { withdrawUrl, all } = await open();
    const before = all();
    const body = new URLSearchParams(await formAt(withdrawUrl)).toString();
    for (let time = 0; time < 100; time++) {
      const headers = { 'sec-purpose': 'prefetch', 'content-type': formType, 'x-http-method-override': 'POST' };
      const { status } = await send(`${withdrawUrl}?${body}`, { method, headers, body });
      expect([200, 204, 405]).toContain(status);
    }
    expect(all()).toBe(before);
    expect((await sendForm(withdrawUrl, await formAt(withdrawUrl))).status).toBe(303);
  });

  it('S4: one press withdraws; a second one, and a reload, change nothing, and no approver decides any more', async () => {
    const { withdrawUrl, url, current, votes, outcomes } = await open();
    const [form, approve] = [await formAt(withdrawUrl), await read(url, 'approve')];
    expect((await sendForm(withdrawUrl, form)).headers.location).toBe(new URL(withdrawUrl).pathname);
    const withdrawn = await current();
    expect(withdrawn.state).toBe('withdrawn');
    await sendForm(withdrawUrl, form);
    await send(withdrawUrl);
    expect((await pressOn(url, approve, 'approve')).status).toBe(409);
    expect(await current()).toEqual(withdrawn);
    expect(votes()).toEqual([]);
    expect(outcomes()).toHaveLength(1);
    expect(firstFormOf((await send(withdrawUrl)).body)).toBeNull();
  });

  it('S4: what approvers decided cannot be withdrawn', async () => {
    const { withdrawUrl, url, all } = await open();
    const form = await formAt(withdrawUrl);
    await press(url, 'reject');
    const before = all();
    expect((await sendForm(withdrawUrl, form)).status).toBe(409);
    expect(all()).toBe(before);
  });

  it('S5: of fifty presses at once, approve against reject against withdraw, one wins', async () => {
    const { withdrawUrl, url, bobs, current, outcomes } = await open();
    const form = await formAt(withdrawUrl);
    const [approve, reject] = [await read(url, 'approve'), await read(bobs, 'reject')];
    const presses = [
      () => sendForm(withdrawUrl, form),
      () => pressOn(url, approve, 'approve'),
      () => pressOn(bobs, reject, 'reject'),
    ];
    await Promise.all(Array.from({ length: 51 }, (_, nth) => presses[nth % 3]!()));
    const { state, revision } = await current();
    expect(['approved', 'rejected', 'withdrawn']).toContain(state);
    expect(revision).toBe(2);
    expect(outcomes()).toHaveLength(1);
  });

  it('S6: a link that was changed in any byte, cut, or made with another key is as wrong as any', async () => {
    const { withdrawal, approval, all } = await open();
    const form = await formAt(scene.withdrawUrl);
    const [key = '', encoded = ''] = withdrawal.split('.');
    const bytes = Buffer.from(encoded, 'base64url');
    const changed = [...bytes.keys()].map((index) => {
      const other = Buffer.from(bytes);
      other.writeUInt8(other.readUInt8(index) ^ 1, index);
      return `${key}.${other.toString('base64url')}`;
    });
    const others = [
      ...[...withdrawal].map((_, index) => `${withdrawal.slice(0, index)}.`),
      `${withdrawal}=`,
      withdrawal.toUpperCase(),
      new WithdrawalLinks([{ id: 'k1', secret: Buffer.alloc(32, 9) }]).tokenFor(approval),
      new WithdrawalLinks([secret(2)]).tokenFor(approval),
    ];
    const before = all();
    const answers = new Set<string>();
    for (const token of [...changed, ...others]) {
      const got = [await send(at(token)), await sendForm(at(token), form)];
      got.forEach(({ status, body }) => answers.add(`${status} ${withoutId(body)}`));
    }
    expect([...answers]).toEqual([expect.stringMatching(/^404 /)]);
    expect(all()).toBe(before);
    expect(scene.logged.join('')).not.toContain(withdrawal.slice(12));
  });

  it('S7: no kind of link stands for another, and none of another person, question or realm', async () => {
    const { withdrawal, tokens, approval, withdrawals, all, url, withdrawUrl } = await open();
    const [form, approve] = [await formAt(withdrawUrl), await read(url, 'approve')];
    const before = all();
    for (const to of [at(tokens[0]), scene.at(withdrawal)]) {
      expect([(await send(to)).status, (await sendForm(to, { ...form, ...approve })).status]).toEqual([404, 404]);
    }
    const changes = [{ realm: 'other' }, { userId: 'another' }, { id: 'f'.repeat(32) }];
    for (const change of changes) {
      expect((await send(at(withdrawals.tokenFor({ ...approval, ...change })))).status).toBe(404);
    }
    expect((await sendForm(withdrawUrl, approve)).status).toBe(403);
    expect((await sendForm(url, { ...approve, nonce: form['nonce'] ?? '' })).status).toBe(403);
    expect(new Links([secret(1)]).tokenFor(approval, 0)).toBe(tokens[0]);
    expect(all()).toBe(before);
  });

  it('S8: after the end of the time nothing is withdrawn', async () => {
    const { withdrawUrl, clock, approval, all } = await open();
    const form = await formAt(withdrawUrl);
    const before = all();
    for (const late of [0, 1_000, 86_400_000]) {
      clock.now = approval.expiresAt + late;
      expect([409, 410]).toContain((await sendForm(withdrawUrl, form)).status);
      expect(firstFormOf((await send(withdrawUrl)).body)).toBeNull();
    }
    expect(all()).toBe(before);
  });

  it('S11: wrong links count together with those of approvers', async () => {
    const { withdrawUrl } = await open({ app: { badLinksPerMinute: 4 } });
    const answers: number[] = [];
    for (let nth = 0; nth < 6; nth++) {
      answers.push((await send(nth % 2 === 0 ? at(`k1.${nth}`) : scene.at(`k1.${nth}`))).status);
    }
    expect(answers).toEqual([404, 404, 404, 404, 429, 429]);
    expect((await send(withdrawUrl)).status).toBe(200);
  });

  it('S12: a press that does not come from the page is refused, and changes nothing', async () => {
    const { withdrawUrl, all } = await open();
    const form = await formAt(withdrawUrl);
    const text = new URLSearchParams(form).toString();
    const before = all();
    const post = (type: string, body: string) =>
      send(withdrawUrl, { method: 'POST', headers: { 'content-type': type }, body });
    const answers = [
      await sendForm(withdrawUrl, form, { headers: { 'sec-fetch-site': 'cross-site' } }),
      await sendForm(withdrawUrl, { nonce: '' }),
      await sendForm(withdrawUrl, { nonce: 'A'.repeat(43) }),
      await sendForm(withdrawUrl, {}),
      await sendForm(`${withdrawUrl}?${text}`, {}),
      await post(formType, `${text}&${text}`),
      await post('text/plain', text),
      await post('application/json', JSON.stringify(form)),
      await post('multipart/form-data; boundary=x', text),
    ];
    expect(answers.map(({ status }) => status)).toEqual([403, 403, 403, 403, 403, 403, 415, 415, 415]);
    expect(all()).toBe(before);
  });

  it('S13, S15: has the security headers in each state, brings in nothing, and redirects to itself alone', async () => {
    const { withdrawUrl } = await open();
    const hostile = { host: 'evil.test', 'x-forwarded-host': 'evil.test', referer: 'https://evil.test/' };
    const form = await formAt(withdrawUrl);
    const answers = [
      await send(`${withdrawUrl}?next=//evil.test`, { headers: hostile }),
      await send(at('k1.wrong')),
      await sendForm(withdrawUrl, {}),
      await sendForm(`${withdrawUrl}?next=//evil.test`, { ...form, next: '//evil.test' }, { headers: hostile }),
      await send(withdrawUrl),
    ];
    expect(answers.map(({ status }) => status)).toEqual([200, 404, 403, 303, 200]);
    for (const { headers, body } of answers) {
      expect(headers).toMatchObject({
        'content-security-policy': expect.stringMatching(/^default-src 'none'; .*frame-ancestors 'none'/),
        'referrer-policy': 'no-referrer',
        'cache-control': 'no-store',
        'x-content-type-options': 'nosniff',
        'x-frame-options': 'DENY',
      });
      expect(`${JSON.stringify(headers)}${body}`).not.toContain('evil.test');
      expect([...body.matchAll(/\b(?:src|href|action)="([^"]*)"/g)].map(([, to]) => to)).toEqual(
        body === '' ? [] : ['/assets/style.css'],
      );
    }
  });

  it('S16, S17: shows nothing of what the person typed, and not who was asked', async () => {
    const { withdrawUrl } = await open({ user: { username: 'mallory', email: 'mallory@evil.test', firstName: 'Mal' } });
    for (const press of [false, true]) {
      if (press) {
        await sendForm(withdrawUrl, await formAt(withdrawUrl));
      }
      expect((await send(withdrawUrl)).body).not.toMatch(/mallory|Mal\b|Meyer|acme\.com|192\.0\.2\.7/);
    }
  });
});
