import type { Redis } from 'ioredis';

import type { Registration } from '../../ingest/registration.ts';
import { redisError } from './errors.ts';

export interface Counters {
  /** Registrations under `key` within `windowMs` up to this one, this one included; repeats of it count once. */
  count(key: string, registration: Pick<Registration, 'eventId' | 'time'>, windowMs: number): Promise<number>;
}

/** Sliding windows for `registrations-over`. Lost with Redis: then counting begins anew. */
export function createCounters(redis: Redis, prefix: string): Counters {
  return {
    async count(key, { eventId, time }, windowMs) {
      const set = `${prefix}:count:${key}/${windowMs}`;
      try {
        const replies = await redis
          .multi()
          .zadd(set, time, eventId)
          .zremrangebyscore(set, '-inf', `(${time - windowMs}`)
          .zcount(set, time - windowMs, time)
          .pexpire(set, windowMs * 2)
          .exec();
        return Number(replies?.[2]?.[1] ?? 0);
      } catch (cause) {
        throw redisError(cause, 'count registrations');
      }
    },
  };
}
