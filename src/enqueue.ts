import type { Jobs, NewJob } from './jobs.ts';
import type { UserEvent } from './registration/registration.ts';

/** A listener that announces before the commit, another node's cache: what an event calls deleted may be seen that long. */
const deletedMs = 5_000;

/** Makes jobs of events. Ids come from the events: an event that comes twice makes one job. */
export async function enqueueEvents(jobs: Jobs, events: readonly UserEvent[]): Promise<void> {
  const registrations: NewJob<'registrations'>[] = [];
  const others: NewJob<'deadlines'>[] = [];
  for (const event of events) {
    if (event.kind === 'registered') {
      const { registration } = event;
      registrations.push({ id: `register-${registration.eventId}`, data: { registration } });
    } else {
      const { kind, realm, userId, eventId } = event;
      const later = kind === 'account-deleted' ? { delayMs: deletedMs } : {};
      others.push({ id: `${kind}-${eventId}`, data: { kind, realm, userId }, ...later });
    }
  }
  await Promise.all([
    registrations.length > 0 ? jobs.add('registrations', registrations) : undefined,
    others.length > 0 ? jobs.add('deadlines', others) : undefined,
  ]);
}
