import { createHash } from 'node:crypto';

import type { Jobs, NewJob } from './payloads.ts';
import type { Via } from '../ingest/arrivals.ts';
import type { UserEvent, UserRef } from '../ingest/registration.ts';

/**
 * Keycloak may show a deleted account for this long: a listener may announce before the commit, and the cache of
 * another node may be slower.
 */
const deletedMs = 5_000;

/**
 * Makes jobs of events. An event that comes twice makes one job.
 *
 * An account registers once, so the id of a registration's job comes from the account: a second event for the same
 * account leads to nothing, with any id. A registration without proof goes to a queue of its own. There it can neither
 * take the id of a proven one, nor delay proven ones.
 */
export async function enqueueEvents(jobs: Jobs, events: readonly UserEvent[], via: Via): Promise<void> {
  const registrations: NewJob<'registrations'>[] = [];
  const confirmations: NewJob<'confirmations'>[] = [];
  const others: NewJob<'deadlines'>[] = [];
  for (const event of events) {
    if (event.kind !== 'registered') {
      const { kind, realm, userId, eventId } = event;
      const later = kind === 'account-deleted' ? { delayMs: deletedMs } : {};
      others.push({ id: `${kind}-${eventId}`, data: { kind, realm, userId }, ...later });
    } else if (event.proof === null) {
      const { eventId, time, realm, clientId, userId } = event.registration;
      const data = { eventId, time, realm, clientId, userId };
      confirmations.push({ id: `confirm-${eventId}-${accountOf(data)}`, data });
    } else {
      const { registration } = event;
      registrations.push({ id: `register-${accountOf(registration)}`, data: { registration, via } });
    }
  }
  await Promise.all([
    registrations.length > 0 ? jobs.add('registrations', registrations) : undefined,
    confirmations.length > 0 ? jobs.add('confirmations', confirmations) : undefined,
    others.length > 0 ? jobs.add('deadlines', others) : undefined,
  ]);
}

/** A realm's name may hold characters that a job id must not have. A copied realm has the same user ids. */
function accountOf({ realm, userId }: UserRef): string {
  return `${userId}-${createHash('sha256').update(realm).digest('hex').slice(0, 8)}`;
}
