import type { FoundUser } from '../../ingest/user.ts';
import type { Registration } from '../../ingest/registration.ts';
import { registrationIn } from '../../ingest/stored.ts';
import { formatDuration } from '../../platform/duration.ts';

/** What is asked of Keycloak. */
export interface RegisteredUsers {
  readonly users: { find(realm: string, who: string): Promise<readonly FoundUser[]> };
  readonly events: {
    registrations(
      realm: string,
      query: { readonly from: number; readonly max: number; readonly userId: string },
    ): Promise<readonly object[]>;
    kept(realm: string): Promise<{ readonly registrations: boolean; readonly forMs: number | null }>;
  };
}

export type Answer =
  | { readonly kind: 'found'; readonly user: FoundUser; readonly registration: Registration }
  | { readonly kind: 'missing'; readonly because: string; readonly remedy: string };

/** A person and how they registered, or what is missing for that. */
export async function findRegisteredUser(
  { users, events }: RegisteredUsers,
  realm: string,
  who: string,
): Promise<Answer> {
  const [user, ...others] = await users.find(realm, who);
  if (user === undefined) {
    return missing(
      `realm ${realm} has no user with this id, user name or e-mail address`,
      'write it in full; if a rule deleted the account, the audit has it',
    );
  }
  if (others.length > 0) {
    const ids = [user, ...others].map(({ userId }) => userId).join(', ');
    return missing(
      `${others.length + 1} users of realm ${realm} have this e-mail address`,
      `name one by its id: ${ids}`,
    );
  }
  const [event] = await events.registrations(realm, { from: 0, max: 1, userId: user.userId });
  const registration = event === undefined ? null : registrationIn(event, realm);
  return registration === null ? whyNone(realm, user, await events.kept(realm)) : { kind: 'found', user, registration };
}

function whyNone(
  realm: string,
  { userId, createdAt }: FoundUser,
  { registrations, forMs }: { readonly registrations: boolean; readonly forMs: number | null },
): Answer {
  const none = `the event store of realm ${realm} has no registration of user ${userId}`;
  const byHand = 'an administrator, an import or a user federation made the account, so no rules were asked';
  const explainEvent = 'give the event, such as one of the events topic, with --event FILE';
  if (!registrations) {
    return missing(`${none}: it keeps none`, `turn it on with "vestibule setup --realm ${realm}", and ${explainEvent}`);
  }
  if (forMs !== null && createdAt < Date.now() - forMs) {
    return missing(`${none}: it keeps events for ${formatDuration(forMs)}, and the account is older`, explainEvent);
  }
  return missing(`${none}: ${byHand}, or it registered before the event store was turned on`, explainEvent);
}

function missing(because: string, remedy: string): Answer {
  return { kind: 'missing', because, remedy };
}
