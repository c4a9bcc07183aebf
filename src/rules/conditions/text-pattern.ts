import { RE2JS } from 're2js';
import { z } from 'zod';

import { matchesGlobIgnoringCase } from '../../platform/glob.ts';
import { globOrRegex, oneOrMore, text } from './operands.ts';
import { some } from './person.ts';

export type TextPattern = { readonly globs: readonly string[] } | { readonly regex: string; readonly compiled: RE2JS };

/** Many people write rule files, and strangers choose the text that is matched. So a pattern must take linear time. */
const regex = z
  .strictObject({ regex: text.describe('A regular expression (RE2 syntax) that the whole text must match.') })
  .transform(({ regex }, context): TextPattern => {
    try {
      return { regex, compiled: RE2JS.compile(regex, RE2JS.CASE_INSENSITIVE) };
    } catch (error) {
      context.addIssue({ code: 'custom', path: ['regex'], ...faultOf(error, regex) });
      return z.NEVER;
    }
  });

/**
 * RE2's own messages end with the part that it cannot read, in backquotes. Where that is the whole, it begins with the
 * flag for the letter case, which nobody typed.
 */
function faultOf(error: unknown, typed: string): { message: string; params: { remedy: string } } {
  const named = /`(.*)`$/s.exec(error instanceof Error ? error.message : '')?.[1] ?? '';
  const part = named === `(?i)${typed}` ? typed : named;
  return /^(\\[1-9]|\\k|\(\?[=!<P])/.test(part)
    ? {
        message: `"${part}" cannot be matched in linear time`,
        params: { remedy: 'write it without look-ahead, look-behind and back-references' },
      }
    : {
        message: `is no regular expression${part === '' ? '' : `: it cannot be read at "${part}"`}`,
        params: { remedy: 'close every bracket, and write "\\" before a sign that stands for itself' },
      };
}

export const textPattern = z.union([oneOrMore(globOrRegex).transform((globs): TextPattern => ({ globs })), regex]);

/** Whether the whole text matches, whatever its letter case. */
export function matchesPattern(pattern: TextPattern, value: string): boolean {
  return 'globs' in pattern
    ? pattern.globs.some((glob) => matchesGlobIgnoringCase(glob, value))
    : pattern.compiled.matches(value);
}

/** In lower case already: Java makes another small letter of some capitals, such as a sigma after a hyphen. */
export function globsAtDoor(pattern: TextPattern): { readonly globs: readonly string[] } | null {
  return 'globs' in pattern ? { globs: pattern.globs.map((glob) => glob.toLowerCase()) } : null;
}

export function describePattern(pattern: TextPattern): string {
  return 'globs' in pattern ? some(pattern.globs) : `/${pattern.regex}/`;
}
