import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import LinkifyIt from 'linkify-it';

import { defanged, ipAddress, mixedScripts, oneLine } from '../../src/platform/safe-text.ts';

/** As greedy as a mail program can be: every scheme and top-level domain that it knows, and addresses of machines. */
const linkify = new LinkifyIt({}, { fuzzyIP: true, fuzzyLink: true, fuzzyEmail: true });
linkify.tlds(['test', 'dev', 'zip', 'example', 'рф', 'しずく'], true);

const ordinary = /^[\w+-]+(?:\.[\w+-]+)*@[\w-]+(?:\.[\w-]+)+$/i;

/** What a mail program would make a link of, but for ordinary mail addresses. */
function linksIn(text: string): string[] {
  const folded = [text, text.normalize('NFKC')];
  return folded.flatMap((form) => linkify.match(form) ?? []).flatMap(({ raw }) => (ordinary.test(raw) ? [] : [raw]));
}

const dots = ['.', '\u3002', '\uff0e', '\uff61', '\u2024', '\ufe52'];

describe('src/platform/safe-text', () => {
  it.each([
    'i❤.ws',
    'evil．com',
    'evil。com',
    'evil｡com',
    'evil․com',
    '1.2.3.4/login',
    '1.2.3.4',
    'https://evil.test/a',
    'https：//evil.test',
    '//evil.test/a',
    'www.evil.test@evil.test',
    'mailto:a@b.example?subject=x',
    'tel:+4912345',
    'see:http://1.2.3.4',
    'xn--i-7iq.ws',
    'пример.рф',
    'a@i❤.ws',
    '(evil.com)',
    'Approve\u00a0evil.com',
    'evil\u00ad.com',
    'evil.c\u200dom',
    'foo.evil.com:8080/x?y=z#k',
    '[2001:db8::1]',
  ])('leaves nothing in %j to make a link of', (text) => {
    expect(linksIn(defanged(text))).toEqual([]);
  });

  it('keeps what people read: names, and ordinary mail addresses', () => {
    expect(defanged('Mia J. Meyer')).toBe('Mia J. Meyer');
    expect(defanged('mia.meyer+list@example.test (verified)')).toBe('mia.meyer+list@example.test (verified)');
    expect(defanged('Approve: please')).toBe('Approve: please');
  });

  it('leaves nothing to make a link of, whatever a person types', () => {
    const piece = fc.constantFrom(
      ...dots,
      'evil',
      'com',
      'ws',
      'рф',
      '❤',
      'i',
      '1',
      '255',
      ':',
      '/',
      '//',
      '@',
      'www',
      'http',
      'https',
      'mailto',
      ' ',
      '\u00a0',
      '\u200b',
      '-',
      '?',
      '#',
      '[',
      ']',
      '(',
      ')',
      'é',
      '：',
      '／',
    );
    const typed = fc.oneof(
      fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join('')),
      fc.webUrl({ withQueryParameters: true, withFragments: true }),
      fc.domain(),
      fc.ipV4().map((ip) => `${ip}/login`),
      fc.string({ unit: 'grapheme' }),
    );
    fc.assert(
      fc.property(typed, (text) => {
        expect(linksIn(defanged(text))).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });

  it('is one line with nothing invisible in it', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 400 }), (text) => {
        expect(oneLine(text)).not.toMatch(/[\p{Cc}\p{Cf}\u2028\u2029]/u);
      }),
    );
    expect(oneLine('a\u202eb\u00adc\u{e0041}d\u180ee')).toBe('abcde');
  });

  it.each([
    ['192.0.2.7', '192.0.2.7'],
    ['2001:db8::1', '2001:db8::1'],
    ['fe80::1%eth0', 'fe80::1'],
    ['https://evil.test', null],
    ['192.0.2.7, evil.test', null],
    ['192.0.2.7\u202e', null],
    ['%evil', null],
    ['1', null],
    ['', null],
  ])('takes %j for the address %j', (text, address) => {
    expect(ipAddress(text)).toBe(address);
  });

  it.each([
    ['mia@example.test', []],
    ['Мария Иванова', []],
    ['Мария Smith', []],
    ['pаypal@example.test', ['Latn', 'Cyrl']],
    ['οffice@acme.com', ['Latn', 'Grek']],
    ['иван@пример.рф', []],
    ['山田太郎 Taro', []],
    ['Taro山田', []],
    ['Élodie Müller', []],
    ['12345', []],
  ])('tells which alphabets %j mixes in a word', (text, scripts) => {
    expect(mixedScripts(text)).toEqual(scripts);
  });
});
