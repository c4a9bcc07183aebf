import { idsOfRegistered } from '../operate/history/deleted-users.ts';
import { ServiceError } from '../platform/errors.ts';
import type { Io } from './command.ts';
import { withKeycloak } from './keycloak.ts';

/** A UUID, or the id of a user of a federation. Keycloak need not be asked, also about a user who is deleted. */
const id = /^([0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|f:[^\s:]+:\S+)$/i;

/**
 * The id of a person who is named by id, user name or e-mail address. One whose account is deleted is known by Keycloak's
 * event store.
 * @throws ServiceError CONFIG_INVALID that says what is missing
 */
export async function userIdOf(io: Io, realm: string, who: string): Promise<string> {
  if (id.test(who)) {
    return who.toLowerCase().startsWith('f:') ? who : who.toLowerCase();
  }
  return withKeycloak(io, async ({ users, events }) => {
    const here = (await users.find(realm, who)).map(({ userId }) => userId);
    const ids = here.length > 0 ? here : await idsOfRegistered(events, realm, who);
    const [only] = ids;
    if (only === undefined) {
      throw new ServiceError(
        'CONFIG_INVALID',
        `realm ${realm} has no user with this user name or e-mail address, and its event store nobody who registered with it; if you know the id, give that`,
      );
    }
    if (ids.length > 1) {
      const whose = here.length > 0 ? 'have this address' : 'registered with this name or address and were deleted';
      throw new ServiceError(
        'CONFIG_INVALID',
        `several users of realm ${realm} ${whose}: name one by id: ${ids.join(', ')}`,
      );
    }
    return only;
  });
}

export function isUserId(who: string): boolean {
  return id.test(who);
}
