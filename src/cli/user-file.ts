import { z } from 'zod';

import type { UserFacts } from '../ingest/user.ts';
import { inOwnWords } from '../rules/load/own-words.ts';
import { jsonOf, unusable } from './event-file.ts';

const representation = z.object({
  username: z.string(),
  email: z.string().optional(),
  emailVerified: z.boolean().default(false),
  enabled: z.boolean().default(true),
  createdTimestamp: z.number().default(0),
  firstName: z.string().optional(),
  lastName: z.string().optional(),
  attributes: z.record(z.string(), z.array(z.string())).default({}),
});

/**
 * A user as the Admin API shows one.
 * @throws ServiceError EVENT_UNREADABLE
 */
export function userIn(text: string, path: string): UserFacts {
  const parsed = representation.safeParse(jsonOf(text), { error: inOwnWords });
  if (!parsed.success) {
    const faults = parsed.error.issues.map(({ path, message }) => [...path, message].join(': ')).join('; ');
    throw unusable(`${path} is no user as the Admin API shows one: ${faults}`);
  }
  const { createdTimestamp, email, firstName, lastName, ...user } = parsed.data;
  return {
    ...user,
    createdAt: createdTimestamp,
    email: email ?? null,
    firstName: firstName ?? null,
    lastName: lastName ?? null,
    locale: user.attributes['locale']?.[0] ?? null,
  };
}
