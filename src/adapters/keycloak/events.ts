import { z } from 'zod';

import type { AdminEvents, OtherHand } from '../../approvals/stays-disabled.ts';
import { isServiceError, ServiceError } from '../../platform/errors.ts';
import type { Registration, UserRef } from '../../ingest/registration.ts';
import { registrationIn } from '../../ingest/stored.ts';
import type { RealmClient } from './realm-client.ts';

export interface EventQuery {
  /** ms since 1970, inclusive, both. */
  readonly from: number;
  readonly to?: number;
  readonly clientId?: string;
  readonly userId?: string;
  /** As the event has it. */
  readonly ip?: string;
  readonly first?: number;
  /** At most this many; Keycloak's own default would be 100. */
  readonly max?: number;
}

/** In Keycloak's own event form; `registration/decode` reads the rest of it. */
const storedEvents = z.array(z.looseObject({ id: z.string(), time: z.number(), type: z.string() }));
export type StoredEvent = z.output<typeof storedEvents>[number];

export interface KeptEvents {
  /** Whether registrations are kept at all. */
  readonly registrations: boolean;
  /** `null`: for ever. */
  readonly forMs: number | null;
}

const eventSettings = z.object({
  eventsEnabled: z.boolean().default(false),
  enabledEventTypes: z.array(z.string()).default([]),
  eventsExpiration: z.number().default(0),
});

const ownRoles = z.array(z.object({ containerId: z.string() }));

const adminEvents = z.array(
  z.object({
    time: z.number(),
    authDetails: z.object({ userId: z.string().optional() }).default({}),
    /** The request's body, if the realm keeps it. */
    representation: z.string().optional(),
  }),
);

/** An update of an account that says whether it is enabled. */
interface Switch extends OtherHand {
  /** Whether this service did it. */
  readonly own: boolean;
  /** `unknown`: the realm does not keep what the update said; it may have disabled the account. */
  readonly enabled: boolean | 'unknown';
}

/** Keycloak's event store, written in the transaction that creates the user: what the topic may have missed is here. */
export class EventStore implements AdminEvents {
  readonly #client: (realm: string) => RealmClient;
  readonly #names = new Map<string, string>();

  constructor(client: (realm: string) => RealmClient) {
    this.#client = client;
  }

  /** Registrations, oldest first. Takes the right `view-events`. */
  async registrations(realm: string, query: EventQuery): Promise<readonly StoredEvent[]> {
    const { from, to, clientId, userId, ip, first = 0, max = 500 } = query;
    return this.#client(realm).get('read events', 'events', storedEvents, {
      type: 'REGISTER',
      dateFrom: String(from),
      direction: 'asc',
      first: String(first),
      max: String(max),
      ...(to === undefined ? {} : { dateTo: String(to) }),
      ...(clientId === undefined ? {} : { client: clientId }),
      ...(userId === undefined ? {} : { user: userId }),
      ...(ip === undefined ? {} : { ipAddress: ip }),
    });
  }

  /** That registration as Keycloak itself noted it; `null`: it did not. Takes the right `view-events`. */
  async registration(
    wanted: Pick<Registration, 'eventId' | 'time' | 'realm' | 'userId'>,
  ): Promise<Registration | null> {
    const { eventId, time, realm, userId } = wanted;
    const around = { from: time - 1_000, to: time + 1_000 };
    for (const event of await this.registrations(realm, { ...around, userId, max: 20 })) {
      const found = event.id.toLowerCase() === eventId ? registrationIn(event, realm) : null;
      if (found !== null && found.userId === userId) {
        return found;
      }
    }
    return null;
  }

  /**
   * Reads the admin events, if the realm keeps them; this takes the right `view-events`. An update whose content the
   * realm does not keep counts, because it may have disabled the account. An update that only corrects a name counts
   * too, because Keycloak's console sends the whole account, with `enabled: false`.
   */
  async disabledByOther(who: UserRef, since: number): Promise<OtherHand | null> {
    const last = (await this.#switches(who, since)).find(({ own }) => !own);
    return last === undefined || last.enabled === true ? null : { at: last.at, by: last.by };
  }

  /** Reads the admin events as `disabledByOther` does. */
  async enabledByOther(who: UserRef, since: number): Promise<OtherHand | null> {
    const last = (await this.#switches(who, since)).find(({ own }) => !own);
    return last?.enabled === true ? { at: last.at, by: last.by } : null;
  }

  /**
   * Reads the admin events as `disabledByOther` does. For an account that is disabled now: an update of this service whose
   * content the realm does not keep counts if nobody else updated the account.
   */
  async disabledHere(who: UserRef, since: number): Promise<boolean> {
    const all = await this.#switches(who, since);
    const [last] = all;
    return (
      last?.own === true && (last.enabled === false || (last.enabled === 'unknown' && all.every(({ own }) => own)))
    );
  }

  /** Reads the admin events as `disabledByOther` does. */
  async switched(who: UserRef, since: number): Promise<boolean> {
    return (await this.#switches(who, since)).length > 0;
  }

  /** The updates that enabled the account, or may have disabled it; the newest first. */
  async #switches({ realm, userId }: UserRef, since: number): Promise<Switch[]> {
    const client = this.#client(realm);
    const updates = await client.get('read admin events', 'admin-events', adminEvents, {
      operationTypes: 'UPDATE',
      resourceTypes: 'USER',
      resourcePath: `users/${userId}`,
      dateFrom: String(since),
      direction: 'desc',
      max: '1000',
    });
    const own = updates.length === 0 ? '' : await client.ownUserId();
    return updates.flatMap(({ time, authDetails, representation }) => {
      const enabled = enabledIn(representation);
      const by = `user ${authDetails.userId ?? 'unknown'}`;
      return enabled === undefined ? [] : [{ at: time, by, own: authDetails.userId === own, enabled }];
    });
  }

  /** What the realm keeps, and for how long. Takes the right `view-events`. */
  async kept(realm: string): Promise<KeptEvents> {
    const settings = await this.#client(realm).get('read event settings', 'events/config', eventSettings);
    const { eventsEnabled, enabledEventTypes: types, eventsExpiration } = settings;
    // Without a list Keycloak keeps all types.
    const registrations = eventsEnabled && (types.length === 0 || types.includes('REGISTER'));
    return { registrations, forMs: eventsExpiration === 0 ? null : eventsExpiration * 1_000 };
  }

  /**
   * The name of the realm with that UUID, among `realms`: some envelopes have only the id. To view realms takes a right
   * of its own. But each role names the id of its realm, and a service account may see its own roles. A realm that
   * refuses its service account keeps no other waiting: a record could name an id that no realm has.
   * @throws ServiceError REALM_UNKNOWN; KEYCLOAK_UNAVAILABLE
   */
  async realmName(id: string, realms: readonly string[]): Promise<string> {
    const known = new Set(this.#names.values());
    const refusing: string[] = [];
    for (const realm of this.#names.has(id) ? [] : realms.filter((name) => !known.has(name))) {
      try {
        this.#names.set(await this.#idOf(realm), realm);
      } catch (error) {
        if (!isServiceError(error, 'KEYCLOAK_FORBIDDEN') && !isServiceError(error, 'REALM_UNKNOWN')) {
          throw error;
        }
        refusing.push(realm);
      }
    }
    const name = this.#names.get(id);
    if (name === undefined) {
      const seen =
        refusing.length > 0 ? `, as far as it can be seen: ${refusing.join(', ')} cannot be looked into` : '';
      throw new ServiceError('REALM_UNKNOWN', `no realm that the rules name has this id${seen}`, { realmId: id });
    }
    return name;
  }

  async #idOf(realm: string): Promise<string> {
    const client = this.#client(realm);
    const path = `users/${await client.ownUserId()}/role-mappings/realm/composite`;
    const [role] = await client.get('own roles', path, ownRoles);
    if (role === undefined) {
      throw new ServiceError('REALM_UNKNOWN', 'the service account has no role that names its realm', { realm });
    }
    return role.containerId;
  }
}

/** `undefined`: the update left it as it was. */
function enabledIn(representation: string | undefined): Switch['enabled'] | undefined {
  try {
    const { enabled } = JSON.parse(representation ?? '') as { enabled?: unknown };
    return typeof enabled === 'boolean' ? enabled : undefined;
  } catch {
    return 'unknown';
  }
}
