import type { Logger } from 'pino';

/**
 * How many records without proof are looked into: so many at once, and so many a second after that. Anyone who can write to
 * the topic can write them without end, and each takes room in Redis and questions to Keycloak.
 */
export interface UnprovenLimit {
  readonly atOnce: number;
  readonly perSecond: number;
}

/**
 * The first is for what a minute or a short outage brings. The second is what Keycloak answers in the long run: measured
 * on a busy machine with two cores, 60 looks a second, and a made-up registration takes a dozen. More would pile up.
 */
export const usualLimit: UnprovenLimit = { atOnce: 1_000, perSecond: 5 };

/** Answers how many ms one more has to wait; with 0 it is let through, and counts. A bucket that fills again with time. */
export function createUnprovenGate({ atOnce, perSecond }: UnprovenLimit, now: () => number): () => number {
  let left = atOnce;
  let at = now();
  return () => {
    const time = now();
    left = Math.min(atOnce, left + (Math.max(0, time - at) * perSecond) / 1_000);
    at = time;
    if (left < 1) {
      return Math.ceil(((1 - left) * 1_000) / perSecond);
    }
    left -= 1;
    return 0;
  };
}

const sayEveryMs = 60_000;

/** Says in the log that there is a flood, once a minute. */
export function createFloodNotice(log: Logger, now: () => number): (fate: 'dropped' | 'held back') => void {
  let records = 0;
  let saidAt = Number.NEGATIVE_INFINITY;
  return (fate) => {
    records += 1;
    if (now() - saidAt >= sayEveryMs) {
      const remedy = 'see who can write to the events topic, and set EVENT_SIGNING_KEY: signed records have no limit';
      log.error({ records, fate, remedy }, 'a flood of records that nothing proves');
      records = 0;
      saidAt = now();
    }
  };
}
