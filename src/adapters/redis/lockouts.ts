import type { Redis } from 'ioredis';

import type { Lockouts } from '../../jobs/payloads.ts';
import type { UserRef } from '../../ingest/registration.ts';
import { redisError } from './errors.ts';

/** As long as an event may be repeated: Kafka's usual retention. */
const keptSeconds = 7 * 24 * 3_600;

export function createLockouts(redis: Redis, prefix: string): Lockouts {
  const key = ({ realm, userId }: UserRef): string => `${prefix}:lockout:${userId}:${realm}`;
  return {
    async claim(who) {
      try {
        return (await redis.set(key(who), '1', 'EX', keptSeconds, 'NX')) === 'OK';
      } catch (cause) {
        throw redisError(cause, 'note that an account is to be disabled');
      }
    },
    async claimed(who) {
      try {
        return (await redis.exists(key(who))) === 1;
      } catch (cause) {
        throw redisError(cause, 'see whether an account was disabled here');
      }
    },
  };
}
