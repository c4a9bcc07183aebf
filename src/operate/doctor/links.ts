import { error, type Finding, fine, holding, warning } from './finding.ts';
import { isLoopback } from '../../platform/networks.ts';

/** Random bytes hardly repeat: 32 of them with fewer different ones than this do not come about by chance. */
const leastDifferent = 16;

const makeOne =
  'make a new key, put it first, and take this one out when no link of it is open: openssl rand -base64 32';

/** What is wrong with the keys that sign approvers' links. @param text `LINK_KEYS`, which has its form already */
export function linkKeyFindings(text: string): Finding[] {
  const keys = text.split(',').map((part) => {
    const [id = '', encoded = ''] = part.trim().split(':');
    return { id, secret: Buffer.from(encoded, 'base64') };
  });
  const faults = keys.flatMap(({ id, secret }, index) => {
    const before = keys.slice(0, index);
    const twin = before.find((other) => other.secret.equals(secret));
    return holding(
      [
        secret.length < 32,
        () => error('link-key-short', `LINK_KEYS: key ${id} has ${secret.length} bytes, 32 are needed`, makeOne),
      ],
      [
        secret.length >= 32 && new Set(secret).size < leastDifferent,
        () => error('link-key-placeholder', `LINK_KEYS: key ${id} is no random key: its bytes repeat`, makeOne),
      ],
      [
        id.length > 32,
        () =>
          error(
            'link-key-name-long',
            `LINK_KEYS: the name ${id} is longer than 32 characters, and its links would not be valid`,
            'give the key a short name',
          ),
      ],
      [
        before.some((other) => other.id === id),
        () =>
          error(
            'link-key-name-twice',
            `LINK_KEYS: two keys are called ${id}, and links of the second are not valid`,
            'give each key a name of its own',
          ),
      ],
      [
        twin !== undefined && twin.id !== id,
        () =>
          warning(
            'link-key-twice',
            `LINK_KEYS: the keys ${twin?.id} and ${id} are the same, so nothing was rotated`,
            makeOne,
          ),
      ],
    );
  });
  return faults.length > 0 ? faults : [fine('link-keys', `${keys.length} of LINK_KEYS, long enough and random`)];
}

/** What is wrong with the address that approvers' links begin with. */
export function publicUrlFindings(publicUrl: string): Finding[] {
  const url = new URL(publicUrl);
  const loopback = isLoopback(url.hostname);
  const faults = holding(
    [
      loopback,
      () =>
        warning(
          'public-url-loopback',
          `PUBLIC_URL is ${url.origin}: links in mail open on this machine only`,
          'set the address at which approvers reach the pages',
        ),
    ],
    [
      url.protocol === 'http:' && !loopback,
      () =>
        error(
          'public-url-plain',
          `PUBLIC_URL is not https: anyone who listens on the way to ${url.host} can vote`,
          'put a proxy with https in front, and set its address',
        ),
    ],
    [
      url.pathname !== '/',
      () =>
        warning(
          'public-url-path',
          `PUBLIC_URL has the path ${url.pathname}, and the service answers at /approvals/ only`,
          `let the proxy take ${url.pathname} away, or leave it out of PUBLIC_URL`,
        ),
    ],
    [
      url.search !== '' || url.hash !== '' || url.username !== '',
      () =>
        error(
          'public-url-more',
          'PUBLIC_URL has a user, a query or a fragment, and links are made by adding to its end',
          'leave only https://, the host and the port',
        ),
    ],
  );
  return faults.length > 0 ? faults : [fine('public-url', `links begin with ${url.origin}`)];
}
