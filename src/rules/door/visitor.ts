import type { Registration } from '../../ingest/registration.ts';
import type { Visitor } from './evaluate.ts';

/** The person of a registration, as they sent the form. For the door, a header that it did not look for is missing. */
export function visitorOf(registration: Registration): Visitor {
  const { realm, clientId: client, source, ip, locale, time, headers, username, email } = registration;
  const sent = headers === undefined ? null : Object.fromEntries(Object.entries(headers).flatMap(given));
  return { realm, client, source, ip, locale, time, headers: sent, sent: true, username, email };
}

function given([name, value]: readonly [string, string | null]): (readonly [string, string])[] {
  return value === null ? [] : [[name, value]];
}

/** The same person, when they opened the form. */
export function beforeSending(visitor: Visitor): Visitor {
  return { ...visitor, sent: false, username: null, email: null };
}
