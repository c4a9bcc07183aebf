import type { Redis } from 'ioredis';
import { z } from 'zod';

import { redisError } from './errors.ts';
import type { RememberedState } from './remembered-state.ts';
import { positionKey } from './state-keys.ts';

/** So often at most Kafka gets a realm's position. What lies between is read again after a loss, and leads to nothing. */
const remindEveryMs = 60_000;

const positions = z.looseObject({ time: z.number() });

export interface PositionsDeps {
  readonly redis: Redis;
  readonly state: RememberedState;
  /** Registrations that are older need not be read again: they lead to nothing. */
  readonly maxAgeMs: number;
  readonly now: () => number;
}

/**
 * Up to when the event store of each realm was read. Redis has it to the second. Kafka remembers a low-water mark, which
 * passes no registration that is not finished: after a loss of Redis, the service reads all of those again.
 */
export function createPositions({ redis, state, maxAgeMs, now }: PositionsDeps) {
  async function remembered(realm: string): Promise<number | null> {
    const json = await state.get(positionKey(realm));
    return json === null ? null : positions.parse(JSON.parse(json)).time;
  }

  return {
    /** `unknown`: Redis was emptied, and the topic was not read again. */
    async get(realm: string): Promise<number | null | 'unknown'> {
      const read = await asked('see up to when an event store was read', () => redis.get(state.keys.read(realm)));
      if (read !== null) {
        return Number(read);
      }
      return (await state.complete()) ? remembered(realm) : 'unknown';
    },

    async set(realm: string, time: number): Promise<void> {
      await asked('note up to when an event store was read', () => redis.set(state.keys.read(realm), time));
      const open = await state.oldestOpen(realm, now() - maxAgeMs);
      const low = open === null ? time : Math.min(time, open - 1);
      const before = await remembered(realm);
      if (before === null || low < before || low - before >= remindEveryMs) {
        await state.put(positionKey(realm), { time: low });
      }
    },
  };
}

async function asked<T>(doing: string, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (cause) {
    throw redisError(cause, doing);
  }
}
