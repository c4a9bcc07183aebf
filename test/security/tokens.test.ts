import { afterEach, describe, expect, it } from '@jest/globals';

import { Links, type LinkKey } from '../../src/approvals/links.ts';
import type { Approval } from '../../src/approvals/approval.ts';
import { macOver } from '../../src/platform/mac.ts';
import { type Answer, send, sendForm, withoutId } from './support/client.ts';
import { press, read } from './support/forms.ts';
import { openScene, type Scene, secret } from './support/scene.ts';

// Who guesses, changes or mixes links gets one and the same answer, and changes nothing.

let scene: Scene;

afterEach(() => scene.close());

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/** What an answer says, but for the number to ask with and the time. */
const told = ({ status, headers: { date: _date, ...headers }, body }: Answer): string =>
  withoutId(JSON.stringify([status, headers, body]));

/** Opens each link, and sends a press to it. @returns the different answers */
async function answersTo(tokens: Iterable<string>, form: Readonly<Record<string, string>>): Promise<Set<string>> {
  const answers = new Set<string>();
  for (const token of tokens) {
    const url = scene.at(encodeURIComponent(token));
    answers.add(told(await send(url))).add(told(await sendForm(url, form)));
  }
  return answers;
}

/** Each byte of key name, claim and signature changed in one bit, and the link cut after each letter. */
function* mutations(token: string): Generator<string> {
  const [key = '', encoded = ''] = token.split('.');
  const bytes = Buffer.from(encoded, 'base64url');
  for (const index of bytes.keys()) {
    const changed = Buffer.from(bytes);
    changed.writeUInt8(changed.readUInt8(index) ^ (1 << (index % 8)), index);
    yield `${key}.${changed.toString('base64url')}`;
  }
  for (const [index, letter] of [...token].entries()) {
    yield token.slice(0, index) + alphabet.charAt((alphabet.indexOf(letter) + 1) % 64) + token.slice(index + 1);
    yield `${token.slice(0, index)}.`;
  }
}

function otherSpellings(token: string): string[] {
  const [key = '', encoded = ''] = token.split('.');
  const bytes = Buffer.from(encoded, 'base64url');
  return [
    `${token}=`,
    `${token}.`,
    ` ${token}`,
    `${token}\u0000`,
    `${token}/`,
    `${token};a=b`,
    `${key}.${bytes.toString('base64')}`,
    `${key}.${bytes.toString('hex')}`,
    `${key}.${encoded.slice(0, -1)}${alphabet.charAt((alphabet.indexOf(encoded.at(-1) ?? '') & 0x3c) | 1)}`,
    token.toUpperCase(),
    token.replace('.', '%2e'),
    token.replace('.', '．'),
    `${key}..${encoded}`,
    `../${token}`,
    `x${token}`,
  ].filter((spelling) => spelling !== token);
}

describe('a link that was changed', () => {
  it('S6: in any byte, cut, or spelled otherwise, is answered like any other wrong one, and changes nothing', async () => {
    scene = await openScene({ request: { need: 2 } });
    const [token] = scene.tokens;
    const form = await read(scene.url, 'approve');
    const before = scene.all();
    const answers = await answersTo([...mutations(token), ...otherSpellings(token)], form);
    expect([...answers]).toHaveLength(1);
    expect([...answers][0]).toMatch(/^\[404,/);
    expect(scene.all()).toBe(before);
    expect(scene.logged.join('')).not.toContain(token.slice(12));
    expect((await press(scene.url, 'approve')).status).toBe(303);
  });

  it('S6: keys rotate: the old key is good in the overlap, and is as wrong as any other once it is taken out', async () => {
    const [old, next] = [secret(1), secret(2)];
    scene = await openScene({ keys: [old], request: { need: 2 } });
    const [ofOld] = scene.tokens;
    const ofNext = new Links([next]).tokenFor(scene.approval, 1);
    const both = await scene.serve({ keys: [next, old] });
    const after = await scene.serve({ keys: [next] });
    expect((await send(scene.at(ofOld, both))).status).toBe(200);
    expect((await send(scene.at(ofNext, both))).status).toBe(200);
    expect((await send(scene.at(ofNext))).status).toBe(404); // not known yet: so a new key comes last at first
    const form = await read(scene.at(ofOld, both), 'approve');
    const before = scene.all();
    const wrong = told(await send(scene.at('k9.nothing', after)));
    expect(told(await send(scene.at(ofOld, after)))).toBe(wrong);
    expect(told(await sendForm(scene.at(ofOld, after), form))).toBe(wrong);
    expect(scene.all()).toBe(before);
    expect((await press(scene.at(ofNext, after), 'approve')).status).toBe(303);
  });

  it.each<[string, readonly LinkKey[]]>([
    ['another secret under the name of ours', [{ id: 'k1', secret: Buffer.alloc(32, 9) }]],
    ['another name', [secret(9)]],
    ['a name for JavaScript', [{ id: '__proto__', secret: Buffer.alloc(32, 1) }]],
    ['our secret under another name', [{ id: 'k2', secret: Buffer.alloc(32, 1) }]],
    ['no secret', [{ id: 'k1', secret: Buffer.alloc(0) }]],
  ])('S6: a link that is signed with %s is wrong', async (_, keys) => {
    scene = await openScene();
    expect((await send(scene.at(new Links(keys).tokenFor(scene.approval, 0)))).status).toBe(404);
  });
});

describe('a link in another place', () => {
  it.each<[string, (asked: Approval) => Approval, number]>([
    ['of another realm', (asked) => ({ ...asked, realm: 'other' }), 0],
    ['of another question, about another person', (asked) => ({ ...asked, id: 'f'.repeat(32) }), 0],
    ['of somebody who was never asked', (asked) => ({ ...asked, approvers: ['mallory@evil.test'] }), 0],
    ['of a number that nobody has', (asked) => asked, 7],
  ])('S7: that is signed with our own key, %s, is wrong', async (_, change, approver) => {
    scene = await openScene();
    const form = await read(scene.url, 'approve');
    const before = scene.all();
    const token = scene.links.tokenFor(change(scene.approval), approver);
    expect([(await send(scene.at(token))).status, (await sendForm(scene.at(token), form)).status]).toEqual([404, 404]);
    expect(scene.all()).toBe(before);
  });

  it('S7: two questions: the link and the form of one decide nothing about the other', async () => {
    scene = await openScene();
    const other = { ...scene.approval, id: '0'.repeat(32), realm: 'other', userId: 'another-user' };
    await scene.approvals.open(other);
    const ofOther = scene.links.tokenFor(other, 0);
    const mixed = scene.tokens[0].slice(0, 3) + ofOther.slice(3, 40) + scene.tokens[0].slice(40);
    expect((await send(scene.at(mixed))).status).toBe(404);
    const form = await read(scene.url, 'approve');
    scene.accounts.add('another-user', { username: 'other' });
    const before = scene.all();
    expect((await sendForm(scene.at(ofOther), form)).status).toBe(403);
    expect(scene.all()).toBe(before);
  });

  it('S7: what our keys sign for another purpose is no link', async () => {
    scene = await openScene();
    const key = secret(1);
    const claim = Buffer.from(scene.tokens[0].split('.')[1] ?? '', 'base64url').subarray(0, 23);
    const purposes = ['vestibule shown', 'vestibule form', 'vestibule approval snapshot v1', 'vestibule approval ', ''];
    for (const purpose of purposes) {
      const mac = macOver(key.secret, [purpose, key.id, 'acme', 'ann@acme.com', claim]);
      const token = `${key.id}.${Buffer.concat([claim, mac]).toString('base64url')}`;
      expect((await send(scene.at(token))).status).toBe(404);
    }
    // The parts run into each other: each is signed with its length before it.
    const shifted = macOver(key.secret, ['vestibule approval', key.id, 'acmeann', '@acme.com', claim]);
    expect((await send(scene.at(`${key.id}.${Buffer.concat([claim, shifted]).toString('base64url')}`))).status).toBe(
      404,
    );
  });

  it('S7: a form says approve or reject by its button alone: the link is good for both, so neither can be made of the other', async () => {
    scene = await openScene();
    const form = await read(scene.url, 'approve');
    const before = scene.all();
    for (const decision of ['APPROVE', 'approve ', 'approved', 'yes', '', 'reject\u0000', 'approve,reject']) {
      expect((await sendForm(scene.url, { ...form, decision })).status).toBe(403);
    }
    expect(scene.all()).toBe(before);
  });
});
