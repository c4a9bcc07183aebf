import { readdirSync } from 'node:fs';
import { join } from 'node:path';

const folder = join(import.meta.dirname, '../messages/i18n');

/**
 * The languages of mails and pages, English first. Each is one file in `messages/i18n`, named by its code of ISO 639-1:
 * a new language is that file.
 */
export const languages: readonly string[] = readdirSync(folder)
  .flatMap((name) => /^([a-z]{2})\.[jt]s$/.exec(name)?.[1] ?? [])
  .toSorted((left, right) => Number(right === 'en') - Number(left === 'en') || left.localeCompare(right));
