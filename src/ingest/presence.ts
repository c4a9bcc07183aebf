import { ServiceError } from '../platform/errors.ts';
import type { UserFacts } from './user.ts';
import type { UserRef } from './registration.ts';
import { newAccountMs, visibleWithinMs } from './registration-age.ts';

/**
 * Whether Keycloak may still be about to show the user. Later, a missing user is an outcome and no error. So is one of the
 * far future: anyone who can forge a registration could keep such jobs waiting.
 */
export function mayBeInvisible(registeredAt: number, now: number): boolean {
  const age = now - registeredAt;
  return age < visibleWithinMs && age >= -newAccountMs;
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
