import { RE2JS } from 're2js';
import { z } from 'zod';

import { matchesGlob } from '../glob.ts';
import { oneOrMore, text } from './operands.ts';

/** Globs, or one regular expression. */
export interface TextPattern {
  readonly globs: readonly string[];
  readonly regex: string | null;
}

/** Patterns come from files that many people edit: only a regular expression that takes linear time is let in. */
const regex = text.superRefine((pattern, context) => {
  try {
    RE2JS.compile(pattern);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    context.addIssue({ code: 'custom', message: `is not a regular expression that can be matched in linear time: ${why}` });
  }
});

export const textPattern = z
  .union([z.strictObject({ regex }), oneOrMore(text)])
  .transform((given) => ('regex' in given ? { globs: [], regex: given.regex } : { globs: given, regex: null })) as unknown as z.ZodType<TextPattern>;

const compiled = new Map<string, RE2JS>();

/** Whether the whole text matches, whatever its letter case. */
export function matchesPattern({ globs, regex }: TextPattern, value: string): boolean {
  if (regex === null) {
    return globs.some((glob) => matchesGlob(glob, value, true));
  }
  const known = compiled.get(regex) ?? RE2JS.compile(regex, RE2JS.CASE_INSENSITIVE);
  compiled.set(regex, known);
  return known.matches(value);
}

export function describePattern({ globs, regex }: TextPattern): string {
  return regex === null ? globs.slice(0, 5).join(', ') : `/${regex}/`;
}
