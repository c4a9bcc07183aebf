import type { Arrivals } from '../ingest/arrivals.ts';
import type { Handler } from '../jobs/payloads.ts';

/** Notes how each registration came, once it is handled. A repeat of one that was finished does not count. */
export function notingArrivals(
  handle: Handler<'registrations'>,
  arrivals: Pick<Arrivals, 'arrived'>,
): Handler<'registrations'> {
  return async (job) => {
    const { registration, via } = job.data;
    if (via === undefined) {
      return handle(job); // an earlier version queued it
    }
    const outcome = await handle({ ...job, save: (data) => job.save({ ...data, via }) });
    if (outcome !== 'known') {
      await arrivals.arrived(registration, via);
    }
    return outcome;
  };
}
