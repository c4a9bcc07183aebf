import { z } from 'zod';

import type { UserRef } from '../../ingest/registration.ts';
import type { RealmClient } from './realm-client.ts';

const text = z.string().optional();

/** A user as Keycloak answers it, with the fields that matter here. */
const user = z.object({
  id: z.string(),
  username: z.string(),
  email: text,
  emailVerified: z.boolean().default(false),
  enabled: z.boolean(),
  createdTimestamp: z.number(),
  firstName: text,
  lastName: text,
  requiredActions: z.array(z.string()).default([]),
  attributes: z.record(z.string(), z.array(z.string())).default({}),
});
export type KeycloakUser = z.output<typeof user>;
export const users = z.array(user);

/**
 * Reads one user. The admin client's `findOne` is not used, because it takes any 404 for a missing user, a proxy's too.
 * @throws ServiceError USER_GONE
 */
export function readUser(client: RealmClient, { userId }: Pick<UserRef, 'userId'>): Promise<KeycloakUser> {
  return client.get('read user', `users/${encodeURIComponent(userId)}`, user);
}
