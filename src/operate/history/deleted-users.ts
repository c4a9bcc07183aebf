import { type StoredEvents, storedRegistrations } from './stored-registrations.ts';

/**
 * The ids of those who registered with that user name or e-mail address, by the realm's event store. An account that
 * was deleted is there for as long as the realm keeps events. Several people may have used one name, one after another.
 */
export async function idsOfRegistered(events: StoredEvents, realm: string, who: string): Promise<readonly string[]> {
  const wanted = who.toLowerCase();
  const ids = new Set<string>();
  for await (const { userId, username, email } of storedRegistrations(events, realm, 0, () => undefined)) {
    if (username?.toLowerCase() === wanted || email?.toLowerCase() === wanted) {
      ids.add(userId);
    }
  }
  return [...ids];
}
