import { forEach } from '../platform/each.ts';
import { oneLine } from '../platform/safe-text.ts';
import type { UserRef } from '../ingest/registration.ts';
import type { UserFacts } from '../ingest/user.ts';

const readAtOnce = 8;

/** How people are called: by their id, and by name and address where an operator asked for these. */
export interface People {
  call(who: UserRef): string;
}

export const byId: People = { call: ({ userId }) => `user ${userId}` };

/** Reads names and addresses from Keycloak, each person once. */
export async function named(
  people: readonly UserRef[],
  read: (who: UserRef) => Promise<Pick<UserFacts, 'username' | 'email'> | null>,
): Promise<People> {
  const key = ({ realm, userId }: UserRef): string => `${realm}/${userId}`;
  const names = new Map<string, string>();
  const each = new Map(people.map((who) => [key(who), who]));
  await forEach([...each.values()], readAtOnce, async (who) => {
    const user = await read(who);
    const texts = user === null ? ['deleted'] : [user.username, user.email ?? 'no address'];
    names.set(key(who), texts.map((text) => oneLine(text)).join(', '));
  }).catch((failures: unknown) => {
    throw failures instanceof AggregateError ? failures.errors[0] : failures;
  });
  return { call: (who) => `user ${who.userId}${names.has(key(who)) ? ` (${names.get(key(who))})` : ''}` };
}
