import { describe, expect, it } from '@jest/globals';

import { mailOf } from '../../../src/messages/mail/compose.ts';
import type { Letter } from '../../../src/messages/mail/letter.ts';
import { plainStyle } from '../../../src/messages/mail/style.ts';

const logo = { contentType: 'image/png', content: Buffer.from('png') };
const letter: Letter = {
  language: 'en',
  subject: 'Subject',
  heading: 'Heading',
  blocks: [
    { kind: 'text', text: 'text' },
    { kind: 'title', text: 'title' },
    { kind: 'button', label: 'press', href: 'https://a.test/' },
    { kind: 'link', label: 'small', href: 'https://b.test/' },
    { kind: 'facts', title: 'facts', facts: [{ label: 'label', value: 'value' }] },
    { kind: 'quote', title: 'quote', text: 'words' },
  ],
  footer: 'footer',
};
const htmlWith = (style: Partial<typeof plainStyle>) =>
  mailOf({ ...letter, style: { ...plainStyle, ...style } }, 'k').html;

describe('src/messages/mail/layout', () => {
  it('has its styles on each element with text, for mail programs that take the style sheet away', () => {
    const body = htmlWith({})
      .replace(/<style>.*<\/style>/s, '')
      .replace(/^.*<body/s, '<body');
    const bare = [...body.matchAll(/<(?:p|h1|h2|a)\b([^>]*)>/g)].filter(
      ([, rest]) => !/style="[^"]*color:/.test(rest ?? ''),
    );
    expect(bare.map(([tag]) => tag)).toEqual([]);
    expect(body).toMatch(/<body[^>]*style="[^"]*background:/);
  });

  it('fetches nothing, and shows a logo only if there is one, from the mail itself', () => {
    const sources = (html: string) => [...html.matchAll(/(?:src="|url\()([^")]*)/g)].map(([, from]) => from);
    expect(sources(htmlWith({}))).toEqual([]);
    expect(sources(htmlWith({ logo }))).toEqual(['cid:logo']);
    expect(mailOf({ ...letter, style: { ...plainStyle, logo } }, 'k').logo).toBe(logo);
  });

  it('has the color of the rule file on its button, and a text that can be read on it', () => {
    expect(htmlWith({ color: '#0b6b3a' })).toMatch(/background:#0b6b3a;color:#ffffff/);
    expect(htmlWith({ color: '#ffdd00' })).toMatch(/color:#0c1522/);
    expect(htmlWith({ color: 'red;}' })).not.toContain('red');
  });

  it('has a button that Outlook pads, too', () => {
    expect(htmlWith({})).toMatch(/<td\s[^>]*bgcolor="#1a56c4"[^>]*mso-padding-alt:/s);
  });

  it('says the same in plain text', () => {
    expect(mailOf(letter, 'k').text).toBe(
      [
        'Heading\n',
        'text\n',
        '* title\n',
        'press:\nhttps://a.test/\n',
        'small:\nhttps://b.test/\n',
        'facts\n  label: value\n',
        'quote\n  > words\n',
        '-- \nfooter\n',
      ].join('\n'),
    );
  });

  it('passes on what the rule file says of sender and answers', () => {
    const style = { ...plainStyle, from: 'Desk <desk@acme.com>', replyTo: 'help@acme.com' };
    expect(mailOf({ ...letter, style }, 'k', 'first')).toMatchObject({
      from: 'Desk <desk@acme.com>',
      replyTo: 'help@acme.com',
      follows: 'first',
    });
  });
});
