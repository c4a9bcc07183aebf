import type { Redis } from 'ioredis';

import type { Closings } from '../../jobs.ts';
import { redisError } from './errors.ts';

/** As long as an event may be repeated: Kafka's usual retention. */
const keptSeconds = 7 * 24 * 3_600;

export function createClosings(redis: Redis, prefix: string): Closings {
  const key = (eventId: string): string => `${prefix}:closing:${eventId}`;
  return {
    async claim(eventId) {
      try {
        return (await redis.set(key(eventId), '1', 'EX', keptSeconds, 'NX')) === 'OK';
      } catch (cause) {
        throw redisError(cause, 'note that an account is to be disabled');
      }
    },
    async claimed(eventId) {
      try {
        return (await redis.exists(key(eventId))) === 1;
      } catch (cause) {
        throw redisError(cause, 'see whether an account was disabled here');
      }
    },
  };
}
