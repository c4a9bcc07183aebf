import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { de } from '../../../src/messages/i18n/de.ts';
import { en } from '../../../src/messages/i18n/en.ts';
import { fr } from '../../../src/messages/i18n/fr.ts';
import {
  acceptedLanguage,
  formatSpan,
  formatTime,
  languageOf,
  translator,
} from '../../../src/messages/i18n/translate.ts';
import { languages } from '../../../src/platform/languages.ts';
import { personMessages } from '../../../src/rules/steps/notify-user.ts';

const blanks = (text: string): string[] => [...text.matchAll(/\{\w+\}/g)].map(([blank]) => blank).toSorted();

describe('src/messages/i18n/translate', () => {
  it.each([
    ['de', de],
    ['fr', fr],
  ])('has every message in %s, with the same blanks', (_, catalogue: Readonly<Record<string, string>>) => {
    expect(Object.keys(catalogue).toSorted()).toEqual(Object.keys(en).toSorted());
    for (const [key, text] of Object.entries(en)) {
      expect([key, blanks(catalogue[key] ?? '')]).toEqual([key, blanks(text)]);
    }
  });

  it('has a subject and a text for each message that a rule can send', () => {
    for (const message of personMessages) {
      expect(Object.keys(en)).toEqual(expect.arrayContaining([`${message}.subject`, `${message}.body`]));
    }
  });

  it('has a language for each catalogue, English first', () => {
    expect(languages).toEqual(['en', 'de', 'fr']);
  });

  it('falls back to English for a language it does not have', () => {
    expect([languageOf('de-AT'), languageOf('pt_BR'), languageOf(null)]).toEqual(['de', 'en', 'en']);
  });

  it.each([
    [undefined, 'en'],
    ['*', 'en'],
    ['pt, fr;q=0.8, de;q=0.5', 'fr'],
    ['de;q=0.1, fr;q=0.9', 'fr'],
    ['en;q=0.2, de-AT;q=0.7', 'de'],
    ['en;q=0, *', 'de'],
    ['en;q=0', 'en'],
    ['de;q=0, fr;q=0.001', 'fr'],
    ['de;q=2, fr;q=0.5', 'fr'],
    ['fr ; Q=0.3 , de ; q=0.4', 'de'],
    ['de-AT;q=0, de;q=0.5, en;q=0.4', 'de'],
  ])('takes the language that the browser wants most: %s', (header, language) => {
    expect(acceptedLanguage(header)).toBe(language);
  });

  it('takes the heaviest, in whatever order they stand', () => {
    const weighed = fc
      .uniqueArray(fc.integer({ min: 1, max: 1_000 }), { minLength: 4, maxLength: 4 })
      .map((weights) => weights.map((weight, index) => [['de', 'fr', 'en', 'pt'][index] ?? '', weight] as const));
    fc.assert(
      fc.property(weighed, fc.boolean(), (ranges, backwards) => {
        const parts = ranges.map(([tag, weight]) => `${tag};q=${(weight / 1_000).toFixed(3)}`);
        const [wanted] = ranges.filter(([tag]) => tag !== 'pt').toSorted(([, left], [, right]) => right - left);
        expect(acceptedLanguage((backwards ? parts.toReversed() : parts).join(', '))).toBe(wanted?.[0]);
      }),
    );
  });

  it('fills blanks in as they are, and leaves unknown ones', () => {
    expect(translator('en')('welcome.subject', { application: '{name} $& Blog' })).toBe('Welcome to {name} $& Blog');
  });

  it('tells time with its zone', () => {
    expect(formatTime('de', Date.parse('2026-11-24T10:00:00Z'))).toMatch(/24\. November 2026.*10:00 UTC/);
  });

  it.each([
    ['en', 'America/New_York', /November 24, 2026 at 5:00\sAM EST$/],
    ['de', 'Europe/Berlin', /24\. November 2026 um 11:00 MEZ$/],
    ['fr', 'Europe/Paris', /24 novembre 2026 à 11:00 UTC\+1$/],
    ['de', 'Europe/Nowhere', / 10:00 UTC$/],
    ['de', '', / 10:00 UTC$/],
  ])('tells time in a zone, with the zone’s name: %s, %s', (language, zone, told) => {
    expect(formatTime(language, Date.parse('2026-11-24T10:00:00Z'), zone)).toMatch(told);
  });

  it.each([
    ['en', 2_592_000_000, '30 days'],
    ['de', 129_600_000, '1 Tag, 12 Stunden'],
    ['fr', 90_000, '1 minute et 30 secondes'],
  ] as const)('tells a length of time in words (%s)', (language, ms, words) => {
    expect(formatSpan(language, ms).replaceAll(/\s/gu, ' ')).toBe(words);
  });
});
