import { isServiceError } from '../../platform/errors.ts';
import type { Registration } from '../../ingest/registration.ts';
import { registrationIn } from '../../ingest/stored.ts';

export interface StoredEvents {
  registrations(
    realm: string,
    query: { readonly from: number; readonly first: number; readonly max: number },
  ): Promise<readonly { readonly id: string }[]>;
}

const pageSize = 500;

/**
 * The registrations that a realm's event store holds from a time on, the oldest first.
 * @param onUnreadable told of what cannot be read and is left out
 */
export async function* storedRegistrations(
  events: StoredEvents,
  realm: string,
  from: number,
  onUnreadable: () => void,
): AsyncGenerator<Registration> {
  // Events of the same moment may change places between two pages.
  let before = new Set<string>();
  for (let first = 0; ; first += pageSize) {
    const page = await events.registrations(realm, { from, first, max: pageSize });
    for (const event of page.filter(({ id }) => !before.has(id))) {
      const registration = read(event, realm, onUnreadable);
      if (registration !== null) {
        yield registration;
      }
    }
    if (page.length < pageSize) {
      return;
    }
    before = new Set(page.map(({ id }) => id));
  }
}

function read(event: object, realm: string, onUnreadable: () => void): Registration | null {
  try {
    return registrationIn(event, realm);
  } catch (error) {
    if (!isServiceError(error, 'EVENT_UNREADABLE')) {
      throw error;
    }
    onUnreadable();
    return null;
  }
}
