import { ServiceError } from '../platform/errors.ts';
import type { UserFacts } from './user.ts';
import type { UserRef } from './registration.ts';

/**
 * How long after its event a user may still be invisible: another node's cache, or a listener that announces before the
 * commit. Later, the registration was rolled back or the user deleted, which is an outcome and no error.
 */
const youngMs = 60_000;

export function mayBeInvisible(registeredAt: number, now: number): boolean {
  return now - registeredAt < youngMs;
}

/**
 * Reads a user whose absence would end something for good. `null`: gone beyond doubt.
 * @throws ServiceError USER_NOT_YET_VISIBLE
 */
export async function readForGood(
  users: { read(who: UserRef): Promise<UserFacts | null> },
  { realm, userId }: UserRef,
  registeredAt: number,
  now: number,
): Promise<UserFacts | null> {
  const user = await users.read({ realm, userId });
  if (user === null && mayBeInvisible(registeredAt, now)) {
    throw new ServiceError('USER_NOT_YET_VISIBLE', 'Keycloak does not show the user', { realm, userId });
  }
  return user;
}
