import type { Logger } from 'pino';

/**
 * How a registration came: by a record of Kafka that proves itself; by a record that the event store had to confirm; or
 * by the event store alone, half a minute late.
 */
export type Via = 'kafka' | 'kafka-unproven' | 'event-store';

export const ways: readonly Via[] = ['kafka', 'kafka-unproven', 'event-store'];

/** Counts what Kafka missed, for all instances together. */
export interface Missed {
  /** @returns how many there are in this window of five minutes; 1: a window begins */
  add(realm: string): Promise<number>;
  count(realm: string): Promise<number>;
}

export interface Arrivals {
  /** Never fails: a registration that was handled is not handled again because of a count. */
  arrived(who: { readonly realm: string; readonly time: number }, via: Via): Promise<void>;
  /** Of these realms, those in which Kafka missed registrations in the last five minutes, and how many. */
  missed(realms: readonly string[]): Promise<readonly { readonly realm: string; readonly registrations: number }[]>;
}

export interface ArrivalsDeps {
  readonly missed: Missed;
  readonly count: (realm: string, via: Via) => void;
  readonly now: () => number;
  readonly log: Logger;
}

/**
 * Notices a listener that is silent while the event store makes up for it. People are then shut out half a minute late,
 * and nothing else shows why. Registrations from before the start say nothing: nobody read Kafka then.
 */
export function createArrivals({ missed, count, now, log }: ArrivalsDeps): Arrivals {
  const startedAt = now();
  return {
    async arrived({ realm, time }, via) {
      count(realm, via);
      if (via !== 'event-store' || time < startedAt) {
        return;
      }
      const first = await missed.add(realm).then(
        (registrations) => registrations === 1,
        () => false, // Redis is away, which is said elsewhere
      );
      if (first) {
        const remedy = 'see the listener of the realm, its brokers, its topic and its signing key; or Kafka is away';
        log.warn({ realm, remedy }, 'Kafka does not bring registrations; they come late, by the event store alone');
      }
    },
    async missed(realms) {
      const counts = await Promise.all(
        realms.map(async (realm) => ({ realm, registrations: await missed.count(realm) })),
      );
      return counts.filter(({ registrations }) => registrations > 0);
    },
  };
}
