import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import type { Approval } from '../../src/approvals/approval.ts';
import { settle, vote } from '../../src/approvals/transitions.ts';
import { type Named, namedOf, ShownNames } from '../../src/http/shown-names.ts';
import { registeredAt } from '../fakes/registrations.ts';
import { mia, setup, url } from './support/approver.ts';

const [older, newer] = [7, 8].map((byte) => ({ id: `k${byte}`, secret: Buffer.alloc(32, byte) }));
const keys = [newer, older].filter((key) => key !== undefined);
const names = new ShownNames(keys, { secure: true });
const asked = { id: 'a'.repeat(32), expiresAt: registeredAt + 60_000 };
const ada: Named = { name: 'Ada Lovelace', address: 'ada@example.test' };
const cookieOf = (line: string | null): string => line?.split(';')[0] ?? '';
const cookie = cookieOf(names.cookieFor('/approvals/t', asked, ada, registeredAt));

describe('src/http/shown-names', () => {
  it('is a cookie of the one page, that no script reads, no other site causes to be sent, and that ends with the link', () => {
    const line = names.cookieFor('/approvals/t', asked, ada, registeredAt) ?? '';
    expect(line.split('; ').slice(1)).toEqual([
      'Path=/approvals/t',
      'Max-Age=60',
      'HttpOnly',
      'SameSite=Lax',
      'Secure',
    ]);
    const late = names.cookieFor('/', asked, ada, asked.expiresAt + 1) ?? '';
    expect(late).toContain('Max-Age=0;');
    expect(new ShownNames(keys, { secure: false }).cookieFor('/', asked, ada, registeredAt)).not.toContain('Secure');
  });

  it('can be read by nobody but this service, and is another one each time', () => {
    const bytes = Buffer.from(cookie.split('.')[1] ?? '', 'base64url');
    expect(`${cookie} ${bytes.toString('latin1')}`).not.toMatch(/Ada|Lovelace|example/);
    expect(cookieOf(names.cookieFor('/approvals/t', asked, ada, registeredAt))).not.toBe(cookie);
  });

  it('gives the name back, whatever it is', () => {
    const text = fc.string({ unit: 'binary', maxLength: 60 });
    fc.assert(
      fc.property(text, fc.option(text), (name, address) => {
        const header = `other=1; ${cookieOf(names.cookieFor('/', asked, { name, address }, registeredAt))}; more=2`;
        expect(names.named(header, asked)).toEqual({ name, address });
      }),
    );
  });

  it('fits into the headers of a request, with the longest of names', () => {
    const longest = namedOf({ ...mia, firstName: '𝄞'.repeat(200), email: '𝄞'.repeat(300) });
    expect(longest).not.toBeNull();
    expect(names.cookieFor('/', asked, longest as Named, registeredAt)?.length).toBeLessThan(1_500);
  });

  it('is understood after a change of keys, until the old key goes', () => {
    const before = cookieOf(
      new ShownNames(
        [older].flatMap((key) => key ?? []),
        { secure: true },
      ).cookieFor('/', asked, ada, 0),
    );
    expect(names.named(before, asked)).toEqual(ada);
    expect(new ShownNames(keys.slice(0, 1), { secure: true }).named(before, asked)).toBeNull();
    expect(new ShownNames([], { secure: true }).cookieFor('/', asked, ada, 0)).toBeNull();
  });

  it('names nobody by a cookie of another approval, nor by one that was changed anywhere', () => {
    expect(names.named(cookie, { ...asked, id: 'b'.repeat(32) })).toBeNull();
    const start = cookie.indexOf('=') + 1;
    for (let at = start; at < cookie.length - 1; at++) {
      const other = cookie[at] === 'A' ? 'B' : 'A';
      expect(names.named(`${cookie.slice(0, at)}${other}${cookie.slice(at + 1)}`, asked)).toBeNull();
      expect(names.named(cookie.slice(0, at), asked)).toBeNull();
    }
  });

  it('takes nothing that it did not seal itself', () => {
    const plain = Buffer.from(JSON.stringify(['Pay 100 EUR to Eve', null])).toString('base64url');
    for (const header of [
      undefined,
      '',
      'vestibule-shown=',
      `vestibule-shown=${plain}`,
      `vestibule-shown=k8.${plain}`,
      `vestibule-shown=k8.${Buffer.alloc(28).toString('base64url')}`,
      `vestibule-shown=__proto__.${plain}`,
      ';'.repeat(5_000),
    ]) {
      expect(names.named(header, asked)).toBeNull();
    }
  });

  it('finds the one of ours beside others of the same name, as another site of the domain can set them', () => {
    expect(names.named(`vestibule-shown=k8.AAAA; ${cookie}`, asked)).toEqual(ada);
  });
});

describe('the page, to a browser that was shown the person', () => {
  const deciding = (asked: Approval): Approval => {
    const counted = vote(asked, {
      approver: 'ann@acme.com',
      verdict: 'reject',
      at: registeredAt,
      ip: null,
      userAgent: null,
    });
    return 'next' in counted ? settle(counted.next) : asked;
  };

  it('still names the person after the decision, and to nobody else', async () => {
    const { app, press } = await setup();
    const seen = await app.inject({ url });
    const line = String(seen.headers['set-cookie']);
    expect(line).toContain(`Path=${url};`);
    expect(seen.headers).toMatchObject({ 'cache-control': 'no-store' });
    await press('reject');
    const after = await app.inject({ url, headers: { cookie: cookieOf(line) } });
    expect(after.body).toContain('<title>Rejected: Mia Meyer, Partner Portal</title>');
    expect(after.headers).toMatchObject({ 'cache-control': 'no-store' });
    expect(after.headers).not.toHaveProperty('set-cookie');
    expect((await app.inject({ url })).body).not.toContain('Mia');
  });

  it('names nobody by the cookie of another approval', async () => {
    const own = await setup();
    const cookie = cookieOf(String((await own.app.inject({ url })).headers['set-cookie']));
    const { app } = await setup({ after: (asked) => deciding({ ...asked, id: 'c'.repeat(32) }) });
    expect((await app.inject({ url, headers: { cookie } })).body).not.toContain('Mia');
  });

  it('sets no cookie where it shows nobody', async () => {
    for (const given of [{ user: null }, { after: deciding }]) {
      expect((await (await setup(given)).app.inject({ url })).headers).not.toHaveProperty('set-cookie');
    }
    expect((await (await setup()).app.inject({ url: `${url}x` })).headers).not.toHaveProperty('set-cookie');
  });
});
