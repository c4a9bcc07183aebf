import { z } from 'zod';

/** Text without control characters: what a person sees in an editor is what is compared. */
export const text = z
  .string({ error: 'must be text' })
  .min(1, { error: 'must not be empty' })
  .max(1_000, { error: 'is too long' })
  .refine((value) => [...value].every((character) => character >= ' ' && character !== '\u007f'), {
    error: 'must not hold control characters',
  });

/** One value or a list of them; a list means any of. */
export function oneOrMore<T>(one: z.ZodType<T>): z.ZodType<readonly T[]> {
  return z.preprocess(
    (value) => (Array.isArray(value) ? value : [value]),
    z.array(one).min(1, { error: 'must name at least one' }),
  ) as unknown as z.ZodType<readonly T[]>;
}
