import type { Registration } from '../../ingest/registration.ts';
import type { Visitor } from './evaluate.ts';

/**
 * The person of a registration, as they sent the form. The event says nothing of a header that the request had several
 * times, nor of one that the provider did not look for. Here both count as the first: neither proves a refusal.
 * @param named the headers that the rules compare
 */
export function visitorOf(registration: Registration, named: readonly string[]): Visitor {
  const { realm, clientId: client, source, ip, locale, time, username, email } = registration;
  const headers = registration.headers === undefined ? null : sentWith(registration.headers, named);
  return { realm, client, source, ip, locale, time, headers, sent: true, username, email };
}

/** Without those that are known to be missing. */
function sentWith(reported: Required<Registration>['headers'], named: readonly string[]): Visitor['headers'] {
  const unclear = named.filter((name) => !Object.hasOwn(reported, name)).map((name) => [name, null] as const);
  return Object.fromEntries([...Object.entries(reported).filter(([, value]) => value !== null), ...unclear]);
}

/** The same person, when they opened the form. */
export function beforeSending(visitor: Visitor): Visitor {
  return { ...visitor, sent: false, username: null, email: null };
}
