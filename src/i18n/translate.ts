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

/** Day, time and zone, so that a reader anywhere knows when. */
export function formatTime(language: Language, time: number): string {
  return (
    new Intl.DateTimeFormat(language, { dateStyle: 'long', timeStyle: 'short', timeZone: 'UTC' }).format(time) + ' UTC'
  );
}
