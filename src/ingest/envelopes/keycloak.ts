import { z } from 'zod';

import { oneLine } from '../../platform/safe-text.ts';
import type { DecodedEvent, LocatedEvent, RealmRef } from '../decoded-event.ts';
import type { Registration } from '../registration.ts';
import { address, id, longestText, realm, text, time } from './fields.ts';

/**
 * Keycloak's own event form: what our listener and SnuK87/keycloak-kafka publish, and what the Admin API's event store
 * returns (there without `realmName` and without null fields).
 */
export function isKeycloakEvent(value: object): boolean {
  return 'type' in value || isAdminEvent(value);
}

/** Admin events have an `operationType` and no `type`. */
function isAdminEvent(value: object): boolean {
  return 'operationType' in value;
}

const kinds = new Map<string, LocatedEvent['kind']>([
  ['REGISTER', 'registered'],
  ['VERIFY_EMAIL', 'email-verified'],
  ['DELETE_ACCOUNT', 'account-deleted'],
]);

/** What the provider's steps at the door say. Keycloak makes another type of it where a login led to the form. */
const refusals = { type: 'REGISTER_ERROR', errors: ['registration_closed', 'registration_refused'] };

/** Before the name of a request header, in the name of a detail. */
const headerPrefix = 'header.';
/** The detail with the names of the headers that the provider looked for. */
const lookedFor = 'vestibule_headers';

const head = z.object({ type: z.string({ error: 'must be text' }), error: z.unknown().optional() });

const where = z
  .object({ realmName: realm.nullish(), realmId: realm.nullish() })
  .transform(({ realmName, realmId }, context): { realm: RealmRef } => {
    if (realmName) {
      return { realm: { name: realmName } };
    }
    if (realmId) {
      return { realm: { id: realmId } };
    }
    context.addIssue({ code: 'custom', path: ['realmName'], message: 'is missing, and so is realmId' });
    return z.NEVER;
  });
const who = z.object({ id, time, userId: id });
const how = z.object({
  clientId: text.refine((name) => name !== '', { error: 'must not be empty' }),
  ipAddress: address.nullish(),
  details: z
    .looseObject({
      register_method: text.nullish(),
      identity_provider: text.nullish(),
      username: text.nullish(),
      email: text.nullish(),
      first_name: text.nullish(),
      last_name: text.nullish(),
      locale: text.nullish(),
      vestibule_client_name: text.nullish(),
    })
    .nullish(),
});
const refused = z.intersection(
  where,
  z.object({
    id,
    time,
    clientId: text.nullish(),
    details: z
      .looseObject({ vestibule_rule: text.nullish(), vestibule_file: text.nullish(), vestibule_policy: text.nullish() })
      .nullish(),
  }),
);
const policy = z.object({ vestibule_policy: text, vestibule_policy_sequence: z.string().regex(/^\d{1,15}$/) });
const noted = z.intersection(where, who);
const registered = z.intersection(noted, how);

/** @throws z.ZodError */
export function fromKeycloak(event: object): DecodedEvent {
  if (isAdminEvent(event)) {
    return { kind: 'ignored', type: 'ADMIN' };
  }
  const { type, error } = head.parse(event);
  if (refusals.type === type && typeof error === 'string' && refusals.errors.includes(error)) {
    return refusalIn(event, error);
  }
  const kind = kinds.get(type);
  if (kind === undefined || (error !== undefined && error !== null)) {
    return { kind: 'ignored', type };
  }
  if (kind !== 'registered') {
    const { id, time, userId, realm } = noted.parse(event);
    return { kind, realm, eventId: id, time, userId };
  }
  const { id, time, userId, realm, clientId, ipAddress, details } = registered.parse(event);
  return {
    kind,
    realm,
    registration: {
      eventId: id,
      time,
      clientId,
      userId,
      ip: ipAddress ?? null,
      source: sourceOf(details?.register_method, details?.identity_provider),
      username: details?.username ?? null,
      email: details?.email ?? null,
      firstName: details?.first_name ?? null,
      lastName: details?.last_name ?? null,
      locale: details?.locale ?? null,
      ...clientNameIn(details?.vestibule_client_name),
      ...headersIn(details ?? {}),
      ...policyIn(details ?? {}),
    },
  };
}

function refusalIn(event: object, error: string): DecodedEvent {
  const { id, time, realm, clientId, details } = refused.parse(event);
  const { vestibule_rule: name, vestibule_file: file, vestibule_policy: version } = details ?? {};
  const rule = name && file ? { file, name, version: version ?? null } : null;
  return { kind: 'refused', realm, refusal: { eventId: id, time, clientId: clientId ?? 'unknown', error, rule } };
}

/** Details such as `header.x-partner-id`. Header names have no letter case. Nothing where nobody looked for any. */
function headersIn(details: Readonly<Record<string, unknown>>): Pick<Registration, 'headers'> {
  const names = details[lookedFor];
  if (typeof names !== 'string') {
    return {};
  }
  const all = names.toLowerCase().split(',');
  // Keycloak may have cut the last name.
  const whole = names.length < longestText ? all : all.slice(0, -1);
  const found = Object.entries(details).flatMap(([name, value]) =>
    name.startsWith(headerPrefix) && typeof value === 'string'
      ? [[name.slice(headerPrefix.length).toLowerCase(), text.parse(value)] as const]
      : [],
  );
  return { headers: Object.fromEntries([...whole.map((name) => [name.trim(), null] as const), ...found]) };
}

/** `${client_account}` names a text of Keycloak's themes, and no application. */
function clientNameIn(name: string | null | undefined): Pick<Registration, 'clientName'> {
  const clientName = oneLine(name ?? '', 100);
  return clientName === '' || clientName.includes('${') ? {} : { clientName };
}

/** The provider says by which policy the door answered. */
function policyIn(details: Readonly<Record<string, unknown>>): Pick<Registration, 'policy'> {
  const { data } = policy.safeParse(details);
  return data === undefined
    ? {}
    : { policy: { sequence: Number(data.vestibule_policy_sequence), version: data.vestibule_policy } };
}

function sourceOf(method: string | null | undefined, provider: string | null | undefined): string {
  return method === 'broker' && provider ? `broker:${provider}` : (method ?? 'unknown');
}
