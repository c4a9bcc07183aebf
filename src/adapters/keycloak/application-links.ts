import { type Dispatcher, request } from 'undici';

import { isLoopback } from '../../platform/networks.ts';
import { keepAnswers } from './kept-answers.ts';

/** Where the application of a client is; `null`: Keycloak does not say, or nobody should be sent there. */
export type LinkOf = (realm: string, clientId: string) => Promise<string | null>;

export interface ApplicationLinksOptions {
  /** Of Keycloak. */
  readonly url: string;
  readonly dispatcher: Dispatcher;
  readonly now: () => number;
  /** How long a mail waits for it. */
  readonly patienceMs?: number;
}

/** A changed base URL is noticed after this at the latest. */
const foundMs = 600_000;
/** Also a Keycloak that is away is asked again after this. */
const missingMs = 30_000;
const longestLink = 500;

/**
 * The base URLs of clients, as Keycloak tells everybody: it answers `realms/R/clients/C/redirect` with a redirect to the
 * base URL (26.7: 303, or 204 where there is none, or no such client). No right is needed. The redirect is read, and
 * never followed.
 */
export function createApplicationLinks(options: ApplicationLinksOptions): LinkOf {
  return keepAnswers(
    (realm = '', clientId = '') => look(options, realm, clientId),
    (link) => (link === null ? missingMs : foundMs),
    options.now,
  );
}

/** Never fails: a mail without the link is better than no mail. */
async function look(
  { url, dispatcher, patienceMs = 2_000 }: ApplicationLinksOptions,
  realm: string,
  clientId: string,
): Promise<string | null> {
  if ([realm, clientId].some((name) => /^\.{0,2}$/.test(name))) {
    return null; // as parts of a path they would lead elsewhere
  }
  try {
    const path = `realms/${encodeURIComponent(realm)}/clients/${encodeURIComponent(clientId)}/redirect`;
    const { statusCode, headers, body } = await request(`${url}/${path}`, {
      dispatcher,
      signal: AbortSignal.timeout(patienceMs),
    });
    await body.dump();
    const { location } = headers;
    return statusCode === 303 && typeof location === 'string' ? linkTo(location, url) : null;
  } catch {
    return null; // away, too slow, or not HTTP
  }
}

/**
 * A link that a mail may hold: `https`, or `http` on this machine, and without a login in it. A client with a base URL
 * such as `/start`, and no root URL, is answered with Keycloak's own address, as this service sees it. People outside
 * might not reach that, so it counts for nothing.
 */
function linkTo(location: string, keycloak: string): string | null {
  const link = URL.canParse(location) ? new URL(location) : null;
  if (link === null || link.href.length > longestLink || link.username !== '' || link.password !== '') {
    return null;
  }
  const safe = link.protocol === 'https:' || (link.protocol === 'http:' && isLoopback(link.hostname));
  return safe && link.origin !== new URL(keycloak).origin ? link.href : null;
}
