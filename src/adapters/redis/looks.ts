import type { Redis } from 'ioredis';

import type { Look, Looks } from '../../ingest/safety-net.ts';

export function createLooks(redis: Redis, prefix: string): Looks {
  const key = `${prefix}:looks`;
  return {
    async get(realm) {
      const json = await redis.hget(key, realm);
      return json === null ? null : (JSON.parse(json) as Look);
    },
    set: async (realm, look) => void (await redis.hset(key, realm, JSON.stringify(look))),
  };
}
