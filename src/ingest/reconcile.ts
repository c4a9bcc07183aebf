import type { Logger } from 'pino';

import { forEach } from '../platform/each.ts';
import { isServiceError } from '../platform/errors.ts';
import { decode, inRealm } from './decode.ts';
import type { UserEvent } from './registration.ts';
import { newAccountMs } from './registration-age.ts';
import type { SafetyNet } from './safety-net.ts';

export interface ReconcileDeps {
  readonly events: {
    registrations(realm: string, query: { from: number; first: number; max: number }): Promise<readonly object[]>;
    /** Whether the realm keeps registrations, and for how long it keeps events, in ms; `null`: for ever. */
    kept(realm: string): Promise<{ readonly registrations: boolean; readonly forMs: number | null }>;
  };
  readonly position: {
    /**
     * Up to when the realm's event store was read, ms since 1970. `null`: never, or both Redis and Kafka lost it. `unknown`:
     * Redis was emptied, and Kafka was not read again.
     */
    get(realm: string): Promise<number | null | 'unknown'>;
    set(realm: string, time: number): Promise<void>;
  };
  /** When the realm was set up, ms since 1970. */
  readonly setUpAt: (realm: string) => Promise<number>;
  /** Older registrations lead to nothing. */
  readonly maxAgeMs: number;
  /** Resolves when the jobs of these events are durable. */
  readonly enqueue: (events: readonly UserEvent[]) => Promise<void>;
  readonly net: Pick<SafetyNet, 'looked'>;
  readonly now: () => number;
  readonly log: Logger;
}

/** The way through Kafka gets this long before the event store is believed to know more. */
const settleMs = 10_000;
/** Read again each time: transactions become visible out of the order of their events' times. */
const overlapMs = 5 * 60_000;
/** While nothing is known, only accounts that are new lead to anything, also a moment later when their jobs are made. */
const unknowingMs = newAccountMs - 60_000;
/** A gap this long is looked at: the event store may not go back so far. */
const longGapMs = 3_600_000;
const pageSize = 500;
const realmsAtOnce = 8;

/**
 * Finds registrations that Kafka missed: Keycloak's listener announces after the commit, at most once, while its event
 * store is written in the transaction that creates the user. What is known already is dropped by its job id.
 * @returns how many registrations the store showed
 */
async function reconcile(realm: string, deps: ReconcileDeps): Promise<number> {
  const { events, enqueue, position, now, log } = deps;
  const until = now() - settleMs;
  const read = await position.get(realm);
  const from = read === 'unknown' ? now() - unknowingMs : await firstUnread(realm, read, until, deps);
  let seen = 0;
  for (let first = 0; ; first += pageSize) {
    const page = await events.registrations(realm, { from, first, max: pageSize });
    const found = page.flatMap((event) => {
      try {
        const decoded = decode(JSON.stringify(event));
        return decoded.kind === 'registered' && decoded.registration.time <= until
          ? [inRealm(decoded, realm, 'stored')]
          : [];
      } catch (error) {
        if (!isServiceError(error, 'EVENT_UNREADABLE')) {
          throw error;
        }
        log.error({ realm, because: error.message }, 'an event of the event store cannot be read');
        return [];
      }
    });
    await enqueue(found);
    seen += found.length;
    if (page.length < pageSize) {
      break;
    }
  }
  if (read !== 'unknown') {
    await position.set(realm, until); // else what lies before would never be read
  }
  return seen;
}

/**
 * Nothing is skipped without a warning. A position in the future comes from a clock that was ahead. Kept, it would hide
 * what registers until then.
 */
async function firstUnread(
  realm: string,
  read: number | null,
  until: number,
  { events, setUpAt, maxAgeMs, now, log }: ReconcileDeps,
): Promise<number> {
  const from = read === null ? await setUpAt(realm) : Math.max(0, Math.min(read, until) - overlapMs);
  const oldest = now() - maxAgeMs;
  if (now() - from < longGapMs) {
    return from;
  }
  const { forMs } = await events.kept(realm);
  const known = Math.max(oldest, forMs === null ? 0 : now() - forMs);
  if (from < known) {
    log.warn(
      { realm, from: iso(from), to: iso(known), firstLook: read === null },
      'registrations of this time may have been missed: they are too old, or the event store does not keep them so long',
    );
  } else {
    log.info({ realm, from: iso(from), firstLook: read === null }, 'the event store is read from here on');
  }
  return Math.max(from, oldest);
}

function iso(time: number): string {
  return new Date(time).toISOString();
}

/** Looks into the event store of each realm that the rules name. One realm's trouble keeps no other waiting. */
export function createReconciler({ realms, ...deps }: ReconcileDeps & { readonly realms: () => readonly string[] }) {
  return async (): Promise<string> => {
    let seen = 0;
    await forEach(realms(), realmsAtOnce, async (realm) => {
      try {
        seen += await reconcile(realm, deps);
        await deps.net.looked(realm, { kept: (await deps.events.kept(realm)).registrations });
      } catch (error) {
        await deps.net.looked(realm, { error }).catch(() => undefined); // Redis is away, which is said elsewhere
        deps.log.warn(
          { realm, err: error instanceof Error ? error.message : error },
          'the event store could not be read',
        );
        throw error;
      }
    });
    return `${seen} seen`;
  };
}
