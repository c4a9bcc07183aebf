import { languages } from '../../platform/languages.ts';
import { en as english, type Message } from './en.ts';

/** A language of the catalogues, such as `de`. */
export type Language = string;
type Catalogue = Readonly<Record<Message, string>>;
export type Translate = (message: Message, values?: Readonly<Record<string, string | number>>) => string;

/** Each file of this folder that is named like a language exports its catalogue under that name. */
const catalogues: ReadonlyMap<Language, Catalogue> = new Map(
  await Promise.all(
    languages.map(async (language): Promise<[Language, Catalogue]> => {
      const file = new URL(import.meta.url.replace(/translate(\.[jt]s)$/, `${language}$1`));
      return [language, ((await import(file.href)) as Readonly<Record<Language, Catalogue>>)[language] as Catalogue];
    }),
  ),
);

/** The catalogue's language for a locale such as `de-AT`; English for every other. */
export function languageOf(locale: string | null | undefined): Language {
  const primary = (locale ?? '').toLowerCase().split(/[-_]/)[0];
  return languages.find((language) => language === primary) ?? 'en';
}

/** The language that an `Accept-Language` header wants most and there is a catalogue for, by the weights of RFC 9110. */
export function acceptedLanguage(header: string | undefined): Language {
  const weights = new Map<string, number>();
  for (const part of (header ?? '').split(',')) {
    const [range = '', ...parameters] = part.split(';').map((text) => text.trim().toLowerCase());
    const primary = range.split('-')[0] ?? '';
    weights.set(primary, Math.max(weights.get(primary) ?? 0, weightOf(parameters)));
  }
  // The order of the header settles a tie; `*` stands for what is not named.
  const named = [...weights.keys()].filter((tag) => languages.includes(tag));
  const others = languages.filter((language) => !weights.has(language));
  const wanted = [
    ...named.map((language) => ({ language, weight: weights.get(language) ?? 0 })),
    ...others.map((language) => ({ language, weight: weights.get('*') ?? 0 })),
  ].toSorted((left, right) => right.weight - left.weight);
  return wanted.find(({ weight }) => weight > 0)?.language ?? 'en';
}

/** 1 if it is not given; what is not a weight makes the range count for nothing. */
function weightOf(parameters: readonly string[]): number {
  const given = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2);
  return given === undefined ? 1 : /^(?:0(?:\.\d{0,3})?|1(?:\.0{0,3})?)$/.test(given) ? Number(given) : 0;
}

export function translator(language: Language): Translate {
  const catalogue = catalogues.get(language) ?? english;
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

/** The day, for what is due weeks from now. */
export function formatDay(language: Language, time: number): string {
  return new Intl.DateTimeFormat(language, { dateStyle: 'long', timeZone: 'UTC' }).format(time);
}

/** A script of ISO 15924, such as `Cyrl`, by the name that readers know. */
export function scriptName(language: Language, code: string): string {
  return new Intl.DisplayNames(language, { type: 'script' }).of(code) ?? code;
}

const dayTimeAndZone = {
  year: 'numeric',
  month: 'long',
  day: 'numeric',
  hour: 'numeric',
  minute: '2-digit',
  timeZoneName: 'short',
} as const;

/**
 * Day, time and zone, so that a reader anywhere knows when.
 * @param zone IANA name; a zone that is not known counts as UTC
 */
export function formatTime(language: Language, time: number, zone = 'UTC'): string {
  return new Intl.DateTimeFormat(language, { ...dayTimeAndZone, timeZone: known(zone) }).format(time);
}

function known(timeZone: string): string {
  try {
    return new Intl.DateTimeFormat('en', { timeZone }).resolvedOptions().timeZone;
  } catch {
    return 'UTC'; // the only thing that can be wrong with these options is the zone
  }
}
