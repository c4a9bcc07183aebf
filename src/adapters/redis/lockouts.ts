import type { Redis } from 'ioredis';

import type { Lockouts } from '../../jobs/payloads.ts';
import type { UserRef } from '../../ingest/registration.ts';
import { redisError } from './errors.ts';

/** As long as an event may be repeated: Kafka's usual retention. */
const keptSeconds = 7 * 24 * 3_600;
/** An early disable begins seconds after the registration. Most people are never locked out, so their marks are short. */
const neverClaimedSeconds = 600;

const claimed = '1';
const released = '0';
const neverClaimed = '-';

/** KEYS: mark; ARGV: claimed, released, never claimed, seconds of the last. @returns 1: it was claimed once */
const letGoScript = `
local mark = redis.call('GET', KEYS[1])
if mark == ARGV[1] then
  redis.call('SET', KEYS[1], ARGV[2], 'KEEPTTL')
  return 1
end
if not mark then
  redis.call('SET', KEYS[1], ARGV[3], 'EX', ARGV[4])
end
return mark == ARGV[2] and 1 or 0`;

export function createLockouts(redis: Redis, prefix: string): Lockouts {
  const key = ({ realm, userId }: UserRef): string => `${prefix}:lockout:${userId}:${realm}`;
  return {
    async claim(who) {
      try {
        return (await redis.set(key(who), claimed, 'EX', keptSeconds, 'NX')) === 'OK';
      } catch (cause) {
        throw redisError(cause, 'note that an account is to be disabled');
      }
    },
    async take(who) {
      try {
        await redis.set(key(who), claimed, 'EX', keptSeconds);
      } catch (cause) {
        throw redisError(cause, 'note that an account is to be disabled');
      }
    },
    async letGo(who) {
      try {
        return (await redis.eval(letGoScript, 1, key(who), claimed, released, neverClaimed, neverClaimedSeconds)) === 1;
      } catch (cause) {
        throw redisError(cause, 'note that a person may stay');
      }
    },
    async wasLetGo(who) {
      try {
        return (await redis.get(key(who))) === released;
      } catch (cause) {
        throw redisError(cause, 'see whether a person may stay');
      }
    },
    async claimed(who) {
      try {
        return (await redis.get(key(who))) === claimed;
      } catch (cause) {
        throw redisError(cause, 'see whether an account was disabled here');
      }
    },
  };
}
