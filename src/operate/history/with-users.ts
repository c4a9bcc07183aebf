import type { Registration, UserRef } from '../../ingest/registration.ts';
import type { Facts } from '../../rules/model.ts';
import type { UserFacts } from '../../ingest/user.ts';

const readAtOnce = 8;

/** Adds the user, as Keycloak has them now, where the judgement depends on it. The order stays. */
export async function* withUsers(
  registrations: Iterable<Registration> | AsyncIterable<Registration>,
  dependsOnUser: (registration: Registration) => boolean,
  read: (who: UserRef) => Promise<UserFacts | null>,
): AsyncGenerator<Pick<Facts, 'registration' | 'user'>> {
  const ahead: Promise<Pick<Facts, 'registration' | 'user'>>[] = [];
  for await (const registration of registrations) {
    const facts = dependsOnUser(registration)
      ? read(registration).then((user) => ({ registration, user: user ?? undefined }))
      : Promise.resolve({ registration });
    facts.catch(() => undefined); // awaited in its turn
    ahead.push(facts);
    const next = ahead.length >= readAtOnce ? ahead.shift() : undefined;
    if (next !== undefined) {
      yield await next;
    }
  }
  for (const facts of ahead) {
    yield await facts;
  }
}
