import type { Logger } from 'pino';

import { isServiceError } from '../platform/errors.ts';

/**
 * Why a realm's safety net is off: its event store keeps no registrations; it refuses the service account; it could not
 * be read for another reason; nobody looked for long.
 */
export type NetFault = 'event-store-off' | 'refused' | 'failing' | 'overdue';

/** What the last look into a realm's event store found. */
export interface Look {
  /** `null`: all is well. */
  readonly fault: Exclude<NetFault, 'overdue'> | null;
  /** ms since 1970: since when it is so, and the last look that read the store. */
  readonly since: number;
  readonly readAt: number | null;
}

/** The last look into each realm, for all instances: one of them looks, all of them tell. */
export interface Looks {
  get(realm: string): Promise<Look | null>;
  set(realm: string, look: Look): Promise<void>;
}

export interface RealmNet {
  readonly realm: string;
  readonly fault: NetFault | null;
  readonly since: number;
  /** How long ago the store was read, in ms. `null`: not yet. */
  readonly readAgoMs: number | null;
}

export interface SafetyNet {
  /** After a look: an error, or whether the store keeps registrations. */
  looked(realm: string, found: { readonly kept: boolean } | { readonly error: unknown }): Promise<void>;
  states(realms: readonly string[]): Promise<readonly RealmNet[]>;
}

export interface SafetyNetDeps {
  readonly looks: Looks;
  readonly now: () => number;
  readonly log: Logger;
}

/** Ten turns of the task. */
const overdueMs = 5 * 60_000;

/**
 * Knows of each realm whether reading its event store makes up for what Kafka misses. While it does not, a registration
 * that Kafka misses is handled by nobody, and nothing else shows that.
 */
export function createSafetyNet({ looks, now, log }: SafetyNetDeps): SafetyNet {
  const startedAt = now();
  return {
    async looked(realm, found) {
      if ('error' in found && isServiceError(found.error, 'REDIS_UNAVAILABLE')) {
        return; // nothing was learned of the store; if it lasts, the realm is overdue
      }
      const fault = 'error' in found ? faultOf(found.error) : found.kept ? null : 'event-store-off';
      const before = await looks.get(realm);
      const readAt = 'error' in found ? (before?.readAt ?? null) : now();
      const same = before !== null && before.fault === fault;
      await looks.set(realm, { fault, since: same ? before.since : now(), readAt });
      if (!same && fault !== null) {
        log.error({ realm, why: fault }, "a realm's safety net is off: what Kafka misses is handled by nobody");
      } else if (!same && before !== null) {
        log.info({ realm }, "a realm's safety net is on again");
      }
    },
    states: (realms) =>
      Promise.all(
        realms.map(async (realm) => {
          const look = await looks.get(realm);
          const { fault, since, readAt } = look ?? { fault: null, since: startedAt, readAt: null };
          const late = fault === null && now() - (readAt ?? startedAt) > overdueMs;
          return {
            realm,
            fault: late ? 'overdue' : fault,
            since: late ? (readAt ?? startedAt) : since,
            readAgoMs: readAt === null ? null : now() - readAt,
          };
        }),
      ),
  };
}

function faultOf(error: unknown): 'refused' | 'failing' {
  return isServiceError(error, 'KEYCLOAK_FORBIDDEN') ? 'refused' : 'failing';
}
