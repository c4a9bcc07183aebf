import { de } from './de.ts';
import { en, type Message } from './en.ts';
import { fr } from './fr.ts';

const catalogues = { en, de, fr } as const;
export type Language = keyof typeof catalogues;
export type Translate = (message: Message, values?: Readonly<Record<string, string | number>>) => string;

export const languages = Object.keys(catalogues) as Language[];

/** The catalogue's language for a locale such as `de-AT`; English for every other. */
export function languageOf(locale: string | null | undefined): Language {
  const primary = (locale ?? '').toLowerCase().split(/[-_]/)[0];
  return languages.find((language) => language === primary) ?? 'en';
}

/** The first language of an `Accept-Language` header that there is a catalogue for. */
export function acceptedLanguage(header: string | undefined): Language {
  const tags = (header ?? '').split(',').map((part) => (part.split(';')[0] ?? '').trim().toLowerCase().split('-')[0]);
  return (
    languages.find((language) => tags.find((tag) => languages.some((known) => known === tag)) === language) ?? 'en'
  );
}

export function translator(language: Language): Translate {
  const catalogue: Readonly<Record<Message, string>> = catalogues[language];
  return (message, values = {}) =>
    catalogue[message].replaceAll(/\{(\w+)\}/g, (whole, name: string) =>
      String(Object.hasOwn(values, name) ? values[name] : whole),
    );
}

const spans = { day: 86_400_000, hour: 3_600_000, minute: 60_000, second: 1_000 } as const;

/** A length of time in words: `30 days`, `1 day, 12 hours`. */
export function formatSpan(language: Language, ms: number): string {
  let rest = ms;
  const parts = Object.entries(spans).flatMap(([unit, size]) => {
    const count = Math.floor(rest / size);
    rest -= count * size;
    return count === 0
      ? []
      : [new Intl.NumberFormat(language, { style: 'unit', unit, unitDisplay: 'long' }).format(count)];
  });
  return new Intl.ListFormat(language, { type: 'unit', style: 'long' }).format(parts);
}

/** Day, time and zone, so that a reader anywhere knows when. */
export function formatTime(language: Language, time: number): string {
  return (
    new Intl.DateTimeFormat(language, { dateStyle: 'long', timeStyle: 'short', timeZone: 'UTC' }).format(time) + ' UTC'
  );
}
