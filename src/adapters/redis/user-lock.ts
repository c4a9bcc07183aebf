import type { Redis } from 'ioredis';

import { ServiceError } from '../../platform/errors.ts';
import type { UserLock } from '../../jobs/payloads.ts';

/** Longer than a job's longest row of Keycloak calls; a dead holder blocks its user no longer than this. */
const ttlMs = 60_000;

const acquire = `
local holder = redis.call('GET', KEYS[1])
if holder and holder ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1`;
const release = `if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0`;

/**
 * One user's jobs run one after another. The holder is named by its job: a job that runs again after a crash gets
 * through. The lock orders work, it does not make it safe; that is what idempotent steps are for.
 */
export function createUserLock(redis: Redis, prefix: string): UserLock {
  return {
    async hold({ realm, userId }, jobId, work) {
      const key = `${prefix}:lock:${realm}:${userId}`;
      if ((await redis.eval(acquire, 1, key, jobId, ttlMs)) !== 1) {
        throw new ServiceError('USER_BUSY', 'another job of this user is under way', { realm, userId });
      }
      try {
        return await work();
      } finally {
        await redis.eval(release, 1, key, jobId).catch(() => undefined); // it expires by itself
      }
    },
  };
}
