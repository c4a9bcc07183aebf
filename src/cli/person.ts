import { ServiceError } from '../platform/errors.ts';
import type { Io } from './command.ts';
import { withKeycloak } from './keycloak.ts';

/** A UUID, or the id of a user of a federation. Keycloak need not be asked, also about a user who is deleted. */
const id = /^([0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|f:[^\s:]+:\S+)$/i;

/**
 * The id of a person who is named by id, user name or e-mail address.
 * @throws ServiceError CONFIG_INVALID that says what is missing
 */
export async function userIdOf(io: Io, realm: string, who: string): Promise<string> {
  if (id.test(who)) {
    return who.toLowerCase().startsWith('f:') ? who : who.toLowerCase();
  }
  return withKeycloak(io, async ({ users }) => {
    const [user, ...others] = await users.find(realm, who);
    if (user === undefined) {
      throw new ServiceError(
        'CONFIG_INVALID',
        `realm ${realm} has no user with this user name or e-mail address; if the account was deleted, give its id: Keycloak's events of the realm have it`,
      );
    }
    if (others.length > 0) {
      const ids = [user, ...others].map(({ userId }) => userId).join(', ');
      throw new ServiceError(
        'CONFIG_INVALID',
        `several users of realm ${realm} have this address: name one by id: ${ids}`,
      );
    }
    return user.userId;
  });
}

export function isUserId(who: string): boolean {
  return id.test(who);
}
