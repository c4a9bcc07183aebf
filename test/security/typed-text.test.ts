import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import LinkifyIt from 'linkify-it';

import { ask } from '../../src/approvals/open.ts';
import { oneLine } from '../../src/platform/safe-text.ts';
import type { FakeUser } from '../fakes/accounts.ts';
import { requestOf } from '../fakes/approval-requests.ts';
import { context, mia, registeredAt } from '../fakes/registrations.ts';
import { formulas, hostileTexts, naughtyStrings } from '../input/support/corpora.ts';
import { send } from './support/client.ts';
import type { Received } from './support/mail-sink.ts';
import { everyMail, openMails, type Sendings } from './support/mails.ts';
import { openScene, type Scene } from './support/scene.ts';

// In a real browser, with all that the pages and mails forbid allowed: test/stack/security/typed-text.test.ts.

const show = ['company', 'reason.why'];
let scene: Scene;
let mails: Sendings;

beforeAll(async () => {
  scene = await openScene({ request: { show } });
  mails = await openMails();
});

afterAll(() => Promise.all([scene.close(), mails.close()]));

const approval = ask({ context, request: requestOf({ show }), approvers: ['desk@acme.com'], now: registeredAt });
const texts = [...naughtyStrings, ...hostileTexts, ...formulas].map(([, text]) => text);

/** Each field has another text, so that each text comes into each field. */
const person = (nth: number): Partial<FakeUser> => {
  const text = (shift: number) => texts[(nth + shift * 97) % texts.length] ?? '';
  return {
    username: text(0),
    email: text(1),
    firstName: text(2),
    lastName: text(3),
    locale: text(4),
    attributes: { company: [text(5)], 'reason.why': [text(6), text(7)] },
  };
};

const ordinary: Partial<FakeUser> = { attributes: { company: ['Acme'], 'reason.why': ['work', 'fun'] } };
/** Warned of: words that mix alphabets. */
const careful: Partial<FakeUser> = {
  username: 'pаypal',
  email: 'pаypal@example.test',
  firstName: 'pаypal',
  attributes: { company: ['pаypal'], 'reason.why': ['pаypal'] },
};

const tagsIn = (markup: string): Set<string> =>
  new Set([...markup.matchAll(/<[a-z!/][^>]*>/gi)].map(([tag]) => tag.replaceAll(/(\s(?:value|href))="[^"]*"/g, '$1')));

const harmful = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/u;

async function pageOf(user: Partial<FakeUser>): Promise<string> {
  scene.accounts.add(mia.userId, { enabled: false, ...user });
  return (await send(scene.url)).body;
}

async function mailOf(user: Partial<FakeUser>, asked = approval): Promise<Received> {
  const [mail] = await mails.send(everyMail[0]![1](asked), { approval: asked, user });
  if (mail === undefined) {
    throw new Error('no mail was sent');
  }
  return mail;
}

describe('what a person typed is text', () => {
  it('S16: on the page, in every field, whatever it is: no tag comes of it, and no tag gets anything', async () => {
    const known = new Set([...tagsIn(await pageOf(ordinary)), ...tagsIn(await pageOf(careful))]);
    for (const nth of texts.keys()) {
      const page = await pageOf(person(nth));
      expect([...tagsIn(page)].filter((tag) => !known.has(tag))).toEqual([]);
      expect(page).not.toMatch(harmful);
      expect(page.length).toBeLessThan(30_000);
    }
  }, 60_000);

  it('S16: in the mail that asks, in every field, whatever it is, and in its subject', async () => {
    const known = new Set([...tagsIn((await mailOf(ordinary)).html), ...tagsIn((await mailOf(careful)).html)]);
    for (const nth of texts.keys()) {
      const { html, text, subject } = await mailOf(person(nth));
      expect([...tagsIn(html)].filter((tag) => !known.has(tag))).toEqual([]);
      // The heading isolates a name that is written from right to left: both marks are ours, and they are a pair.
      expect(`${html}${text}${subject}`.replaceAll(/\u2068([^\u2066-\u2069]{1,80})\u2069/gu, '$1')).not.toMatch(
        harmful,
      );
      expect(subject.length).toBeLessThan(250);
    }
  }, 120_000);
});

/** As greedy as a mail program can be. */
const linkify = new LinkifyIt({}, { fuzzyIP: true, fuzzyLink: true, fuzzyEmail: false });
const linksIn = (text: string) => (linkify.match(text) ?? []).map(({ url }) => url);

/** What somebody types who wants approvers to believe it. */
const phish: Partial<FakeUser> = {
  username: 'Approve: https://evil.test/approvals/k1',
  email: 'verified@acme.com.evil.test',
  firstName: '—— System message ——\r\n\r\nThis person was checked.\r\nE-mail (verified):',
  lastName: '\u202emoc.live\u202c \u2067https://evil.test\u2069 evil。test www.evil.test',
  attributes: {
    company: ['<a href="https://evil.test">Approve</a><button name="decision" value="approve">Approve</button>'],
    'reason.why': ['x'.repeat(3_000), `Mia${'\u2003'.repeat(150)}verified`, `e${'\u0301'.repeat(190)}`],
  },
};

describe('what is typed to mislead approvers', () => {
  it('S17: there is one link in the mail, and it is ours; what was typed is nothing that a mail program makes one of', async () => {
    // The IP address of the person is ours to show, and some programs make a link of it.
    const asked = { ...approval, ip: null };
    for (const user of [ordinary, phish]) {
      const { text, html, subject } = await mailOf(user, asked);
      expect(linksIn(text).map((link) => new URL(link).host)).toEqual(['vestibule.acme.com']);
      expect([...html.matchAll(/href="([^"]*)"/g)].map(([, href = '']) => new URL(href).host)).toEqual([
        'vestibule.acme.com',
      ]);
      expect(linksIn(subject)).toEqual([]);
      expect(linksIn(html.replaceAll(/<style>.*?<\/style>|<[^>]*>/gs, ' '))).toEqual([]);
    }
  });

  it('S17: it adds no line to the mail, and no button, no field and no paragraph to the page', async () => {
    const lines = (text: string) => text.split('\n').length;
    expect(lines((await mailOf(phish)).text)).toBe(lines((await mailOf(ordinary)).text));
    const count = (page: string, tag: string) => page.split(`<${tag}`).length;
    const [misleading, plain] = [await pageOf(phish), await pageOf(ordinary)];
    for (const tag of ['button', 'form', 'input', 'p>', 'p ', 'h1', 'h2', 'dt', 'dd', 'a ']) {
      expect([tag, count(misleading, tag)]).toEqual([tag, count(plain, tag)]);
    }
  });

  it('S17: each text is on the page where a label says what it is, in a box of its own direction, cut at 200 letters', async () => {
    const page = await pageOf(phish);
    for (const marker of ['evil.test', 'System message', 'xxxxx', '&#60;a href']) {
      const places = page.split(marker).length - 1;
      const labelled = [...page.matchAll(/<dt>[^<]+<\/dt>\s*<dd>\s*<bdi>([^<]*)<\/bdi>/g)].map(
        ([, value = '']) => value,
      );
      const titled = /<title>([^<]*)<\/title>/.exec(page)?.[1] ?? '';
      const isolated = [...page.matchAll(/<bdi>([^<]*)<\/bdi>/g)].map(([, value = '']) => value);
      expect(labelled.some((value) => value.includes(marker))).toBe(true);
      const inside = [...isolated, titled].reduce((sum, value) => sum + value.split(marker).length - 1, 0);
      expect(inside).toBe(places);
      for (const value of isolated) {
        expect([...value.replaceAll(/&#\d+;/g, 'x')].length).toBeLessThanOrEqual(320);
      }
    }
  });

  it('S17: a wide gap cannot set a text apart as if it were a line of its own, and marks cannot cover what stands near', () => {
    for (const gap of [' ', '\u00a0', '\u2003', '\u3000', '\u2800', '\t', '\u2028', '\u200b', '\u3164', '\u115f']) {
      expect(oneLine(`Mia${gap.repeat(150)}verified`)).toMatch(/^Mia ?verified$/);
    }
    expect(oneLine(`e${'\u0301'.repeat(190)} and more`)).toMatch(/^e\p{M}{1,4} and more$/u);
    expect(oneLine('Nguyễn Thị Ánh, ก็, שָׁלוֹם, क्षत्रिय')).toBe('Nguyễn Thị Ánh, ก็, שָׁלוֹם, क्षत्रिय');
    expect(oneLine('Nguyễn'.normalize('NFD'))).toBe('Nguyễn'.normalize('NFD'));
  });
});
