import { isIP } from 'node:net';

import type { Registration } from '../ingest/registration.ts';
import type { UserFacts } from '../ingest/user.ts';
import { isGlob } from '../platform/glob.ts';
import { describedHeaders } from '../rules/decide/headers-named.ts';
import type { RuleBook } from '../rules/model.ts';
import { UsageError } from './parse.ts';

/** A registration that somebody describes with options. */
export interface Typed {
  readonly client: string;
  readonly email: string | undefined;
  readonly realm: string | undefined;
  readonly username: string | undefined;
  readonly ip: string | undefined;
  readonly source: string;
  readonly locale: string | undefined;
  readonly time: string | undefined;
  readonly verified: boolean;
  /** As `NAME=VALUE`. */
  readonly attribute: readonly string[];
  /** As `NAME=VALUE`. */
  readonly header: readonly string[];
}

/** @throws UsageError */
export function registrationOf(typed: Typed, book: RuleBook): Registration {
  const { client, email = null, username, ip = null, source, locale = null, time } = typed;
  return {
    eventId: '00000000-0000-4000-8000-000000000000',
    userId: '00000000-0000-4000-8000-000000000001',
    time: time === undefined ? Date.now() : timeIn(time),
    realm: typed.realm ?? onlyRealm(book),
    clientId: client,
    ip: ip === null ? null : addressIn(ip),
    source,
    username: username ?? email,
    email,
    firstName: null,
    lastName: null,
    locale,
    headers: describedHeaders(book, headersIn(typed.header)),
  };
}

/** The account of such a registration, as Keycloak would show it at once. */
export function userOf({ username, email, time, locale }: Registration, { verified, attribute }: Typed): UserFacts {
  const attributes = new Map<string, string[]>();
  for (const given of attribute) {
    const [name, value] = pairIn('attribute', given);
    attributes.set(name, [...(attributes.get(name) ?? []), value]);
  }
  return {
    username: username ?? '',
    email,
    emailVerified: verified,
    enabled: true,
    createdAt: time,
    firstName: null,
    lastName: null,
    locale,
    attributes: Object.fromEntries(attributes),
  };
}

function headersIn(given: readonly string[]): Readonly<Record<string, string>> {
  const pairs = given.map((text) => pairIn('header', text));
  return Object.fromEntries(pairs.map(([name, value]) => [name.toLowerCase(), value]));
}

function pairIn(option: string, text: string): readonly [name: string, value: string] {
  const [, name = '', value = ''] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
  if (name === '') {
    throw new UsageError(`--${option} must be NAME=VALUE, not "${text}"`);
  }
  return [name, value];
}

function addressIn(text: string): string {
  if (isIP(text) === 0) {
    throw new UsageError(`--ip must be an IP address such as 192.0.2.7, not "${text}"`);
  }
  return text;
}

function timeIn(text: string): number {
  const time = /^\d{4}-\d\d-\d\d/.test(text) ? Date.parse(text) : NaN;
  if (Number.isNaN(time)) {
    throw new UsageError(`--time must be a time such as 2026-11-24T10:00:00Z, not "${text}"`);
  }
  return time;
}

/** Most rule files are about one realm, which nobody needs to type. */
function onlyRealm({ files }: RuleBook): string {
  const realms = [...new Set(files.flatMap(({ realms }) => realms))].filter((realm) => !isGlob(realm));
  const [realm, ...others] = realms;
  if (realm === undefined || others.length > 0) {
    const named = realms.length === 0 ? 'no realm exactly' : `several realms: ${realms.join(', ')}`;
    throw new UsageError(`--realm is missing; the rules name ${named}`);
  }
  return realm;
}
