import type { Redis } from 'ioredis';

import type { Supporters } from '../kafka/door-support.ts';

/** An instance says it every few seconds. One that died is believed for so long. */
const aliveMs = 20_000;

/** Which policies of the door are of rules that an instance has that is alive. Redis measures the time. */
export function createDoorSupporters(redis: Redis, prefix: string): Supporters {
  const key = (digest: string): string => `${prefix}:door-policy:${digest}`;
  return {
    support: async (digest) => void (await redis.set(key(digest), 1, 'PX', aliveMs)),
    isSupported: async (digest) => (await redis.exists(key(digest))) === 1,
  };
}
