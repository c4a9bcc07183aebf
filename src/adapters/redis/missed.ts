import type { Redis } from 'ioredis';

import type { Missed } from '../../ingest/arrivals.ts';

const windowSeconds = 300;

export function createMissed(redis: Redis, prefix: string): Missed {
  const key = (realm: string): string => `${prefix}:missed:${realm}`;
  return {
    async add(realm) {
      const results = await redis.multi().set(key(realm), 0, 'EX', windowSeconds, 'NX').incr(key(realm)).exec();
      return Number(results?.[1]?.[1] ?? 0);
    },
    count: async (realm) => Number((await redis.get(key(realm))) ?? 0),
  };
}
