import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { createKeycloak, type Keycloak } from '../../src/adapters/keycloak/keycloak.ts';
import { decode } from '../../src/ingest/decode.ts';
import { isServiceError } from '../../src/platform/errors.ts';
import { sample } from '../events/read.ts';
import { tryAll } from './support/cases.ts';
import { formulas, hostileTexts, naughtyStrings } from './support/corpora.ts';

const form = sample('kafka-REGISTER.form');
const id = String(form['userId']);

/** What is no id of Keycloak's, and yet means something in a path, a key or a query. */
const oddIds: readonly string[] = [
  '..',
  '../admin',
  `${id}/../../master/users/x`,
  `${id}%2f..`,
  '%2e%2e%2f',
  `${id}?x=1`,
  `${id}#x`,
  `${id}\r\nx: y`,
  `${id} `,
  `${id}\u0000`,
  `{${id}}`,
  `urn:uuid:${id}`,
  id.replaceAll('-', ''),
  id.replaceAll('-', ':'),
  `${id}${id}`,
  'me',
  'count',
  'profile',
  '*',
  '0',
  '0'.repeat(10_000),
  id.replace('d', 'ԁ'),
  id.replace('-', '‐'),
];

const oddRealms: readonly string[] = [
  '.',
  '..',
  '../master',
  'a/b',
  'a\\b',
  'a?b',
  'a#b',
  'a%2fb',
  '%2e%2e',
  'a;b',
  'a b',
  ' ',
  'master',
  '__proto__',
  'constructor',
  'realm-management',
  'ä',
  '\u202eacme',
  'a:b',
  'a*',
  'a@b',
  'a&b=c',
  "a'b",
  'r'.repeat(255),
  'a\ud800',
  '\udc00a',
];

function read(change: Readonly<Record<string, unknown>>) {
  try {
    return decode(JSON.stringify({ ...form, ...change }));
  } catch (error) {
    return isServiceError(error, 'EVENT_UNREADABLE') ? error : Promise.reject(error);
  }
}

/** Every path that anything was asked for at; `fetch` and undici resolve dots before they ask. */
const asked: string[] = [];
const server = createServer((request, response) => {
  asked.push(request.url ?? '');
  request.resume().on('end', () => {
    const granted = { access_token: 'token', expires_in: 300 };
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(granted));
  });
});
let keycloak: Keycloak;

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  keycloak = createKeycloak({ url, clientId: 'v', secretOf: () => 's', timeoutMs: 2_000, connections: 4 });
});

afterAll(async () => {
  await keycloak.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

describe('bad input C: ids and realm names', () => {
  it.each(['id', 'userId'])('refuses what is no id in the field %s', (field) =>
    tryAll(
      'C',
      [...oddIds.map((text) => [text, text] as const), ...hostileTexts, ...formulas, ...naughtyStrings],
      (text) => {
        expect(read({ [field]: text })).toMatchObject({ message: expect.stringContaining(`${field}: must be a UUID`) });
      },
    ),
  );

  it('takes a realm name as it is, or refuses it, and asks Keycloak about no other realm', () =>
    tryAll('C', [...oddRealms.map((text) => [text, text] as const), ...naughtyStrings.slice(0, 150)], async (realm) => {
      const event = await read({ realmName: realm });
      if (event instanceof Error) {
        expect(event.message).toContain('realmName: ');
        return;
      }
      if ('kind' in event && event.kind === 'registered' && 'name' in event.realm && event.realm.name === realm) {
        asked.length = 0;
        const who = { realm, userId: id };
        await keycloak.users.read(who).catch(() => undefined);
        await keycloak.accounts.apply(who, { kind: 'log-out' }).catch(() => undefined);
        const elsewhere = asked.filter((path) => {
          const [, named = '', below = ''] = /^(?:\/admin)?\/realms\/([^/?#]+)\/([^/?#]+)/.exec(path) ?? [];
          return decodeURIComponent(named) !== realm || !['protocol', 'users'].includes(below);
        });
        expect(asked.length).toBeGreaterThan(1);
        expect(elsewhere).toEqual([]);
      } else {
        expect(event).toBe('refused, or about this realm');
      }
    }));
});
