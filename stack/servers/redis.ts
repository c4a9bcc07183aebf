import { mkdir } from 'node:fs/promises';

import { Redis } from 'ioredis';

import type { Server } from './server.ts';

/** Redis as the service demands it: nothing is evicted, everything acknowledged is on disk. */
export async function redisServer(
  binary: string,
  port: number,
  dataDir: string,
  password = '', // none: everybody may do all
): Promise<Server> {
  await mkdir(dataDir, { recursive: true });
  const settings = {
    port,
    bind: '127.0.0.1',
    dir: dataDir,
    appendonly: 'yes',
    appendfsync: 'always',
    'maxmemory-policy': 'noeviction',
    save: '',
    ...(password === '' ? {} : { requirepass: password }),
  };
  return {
    name: 'Redis',
    command: binary,
    args: Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)]),
    marker: `127.0.0.1:${port}`, // it names itself "redis-server 127.0.0.1:6379"
    timeoutMs: 20_000,
    async check() {
      const redis = new Redis(port, '127.0.0.1', {
        ...(password === '' ? {} : { password }),
        lazyConnect: true,
        retryStrategy: () => null,
        connectTimeout: 2_000,
      });
      redis.on('error', () => undefined); // connect() reports it
      try {
        await redis.connect();
        await redis.set('stack:ready', '1', 'EX', 10);
      } finally {
        redis.disconnect();
      }
    },
  };
}
