import { z } from 'zod';

import { ipAddress } from '../../platform/safe-text.ts';

/** Keycloak cuts details at this length, and its columns are as wide. */
export const longestText = 255;

/**
 * An id of Keycloak's: 8-4-4-4-12 hex digits. Not `z.uuid()`: newer generators of Keycloak leave out the version bits.
 * Pinned, because it becomes part of Admin API paths and of job ids.
 */
export const id = z.guid({ error: 'must be a UUID' }).transform((text) => text.toLowerCase());

/**
 * Name or id of a realm. It becomes part of Admin API paths, where "." and ".." would lead elsewhere and half a pair of
 * surrogates cannot be written.
 */
export const realm = z
  .string({ error: 'must be text' })
  .min(1, { error: 'must not be empty' })
  .max(longestText, { error: 'is longer than 255 characters' })
  .regex(/^[^\p{Cc}\p{Cs}]*$/u, { error: 'holds control characters' })
  .refine((name) => !/^\.{1,2}$/.test(name), { error: 'is no name of a realm' });

/** ms since 1970, in the years 2000 to 2100. Seconds or microseconds by mistake fall outside. */
export const time = z
  .int({ error: 'must be a whole number' })
  .min(946_684_800_000, { error: 'is not a time in ms since 1970' })
  .max(4_102_444_800_000, { error: 'is not a time in ms since 1970' });

/** Hostile text. Only its length is cut. */
export const text = z.string({ error: 'must be text' }).transform(cut);

/** A trusted proxy may put any text there. Only a real address, without its zone, is kept. */
export const address = z.string({ error: 'must be text' }).transform(ipAddress);

function cut(text: string): string {
  return text.length <= longestText ? text : text.slice(0, longestText).replace(/[\uD800-\uDBFF]$/, '');
}
