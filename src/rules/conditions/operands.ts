import { z } from 'zod';

import { durationHint, durationPattern, parseDuration } from '../../platform/duration.ts';
import { foreignGlob } from '../../platform/glob.ts';

/**
 * Text without control characters, and without characters that turn the direction of text. So what a person sees in an
 * editor is what is compared.
 */
export const text = z
  .string({ error: 'must be text' })
  .min(1, { error: 'must not be empty' })
  .max(1_000, { error: 'is too long' })
  .regex(/^[^\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]*$/, { error: 'must not hold control characters' });

/** Text in which `*` and `?` stand for others, and no other sign does. */
export const glob = globThat('list each value');
/** The same where `regex:` may stand instead. */
export const globOrRegex = globThat('use "regex:"');

function globThat(remedy: string) {
  return text.superRefine((given, context) => {
    const problem = globProblem(given, remedy);
    if (problem !== null) {
      context.addIssue({ code: 'custom', message: problem.message, params: { remedy: problem.remedy } });
    }
  });
}

/** @param instead what does what other globs do */
export function globProblem(pattern: string, instead: string): { message: string; remedy: string } | null {
  const sign = foreignGlob(pattern);
  return sign === null
    ? null
    : {
        message: `"${sign}" has no meaning here: a glob knows "*" and "?" only`,
        remedy: `${instead} for classes, alternatives and exceptions; for the character itself write "?"`,
      };
}

/** One value or a list of them; a list means any of. */
export function oneOrMore<T>(one: z.ZodType<T>) {
  return z
    .union([one, z.array(one).min(1, { error: 'must name at least one' })])
    .transform((given): readonly T[] => (Array.isArray(given) ? given : [given]));
}

/** Milliseconds, from text such as `12h`. */
export const duration = z
  .string({ error: durationHint })
  .regex(durationPattern, { error: durationHint })
  .transform((given, context) => {
    const ms = parseDuration(given);
    if (ms === null) {
      context.addIssue({ code: 'custom', message: 'must be a duration above nothing and up to ten years' });
      return z.NEVER;
    }
    return ms;
  });

/** A URL that is called with a signature. */
export const callableUrl = text
  .regex(/^https?:\/\/[^\s@/?#]+([/?#]\S*)?$/, {
    error: 'must be an http or https URL without credentials; the signature says who calls',
  })
  .refine((value) => URL.canParse(value), { error: 'must be a URL' });
