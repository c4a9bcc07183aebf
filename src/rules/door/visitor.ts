import type { Registration } from '../../ingest/registration.ts';
import type { Visitor } from './evaluate.ts';

/** The person of a registration, as they sent the form. */
export function visitorOf(registration: Registration): Visitor {
  const { realm, clientId: client, source, ip, locale, time, headers = {}, username, email } = registration;
  return { realm, client, source, ip, locale, time, headers, sent: true, username, email };
}

/** The same person, when they opened the form. */
export function beforeSending(visitor: Visitor): Visitor {
  return { ...visitor, sent: false, username: null, email: null };
}
