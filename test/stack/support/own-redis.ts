import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { Redis } from 'ioredis';

import { redisBinary } from '../../../stack/distributions/redis.ts';
import { launch, untilReady } from '../../../stack/launch.ts';
import { freePort } from '../../../stack/ports.ts';
import { redisServer } from '../../../stack/servers/redis.ts';
import { stopGroup } from '../../../stack/stop-group.mjs';
import { guardedBy } from './guarded.ts';

/** A Redis of a test's own, which the test may empty or freeze. */
export async function startOwnRedis() {
  const dir = await mkdtemp(join(tmpdir(), 'vestibule-redis-'));
  const port = await freePort();
  const log = join(dir, 'redis.log');
  let running = 0;
  let starts = 0;

  async function start(): Promise<void> {
    starts += 1; // a folder of its own: nothing is left of the last one
    const binary = await redisBinary(() => undefined);
    const server = await redisServer(binary, port, join(dir, `data-${starts}`));
    const child = await launch(server, log, false);
    running = child.pid ?? 0;
    await untilReady(server, child, log, new AbortController().signal);
  }

  await start();
  const url = `redis://127.0.0.1:${port}`;
  const redis = new Redis(url, { maxRetriesPerRequest: 0, retryStrategy: () => 200 });
  redis.on('error', () => undefined); // while it is stopped
  return {
    url,
    redis,
    empty: () => redis.flushall(),
    freeze: async () => process.kill(await guardedBy(running), 'SIGSTOP'),
    thaw: async () => process.kill(await guardedBy(running), 'SIGCONT'),
    restartEmpty: async () => {
      await stopGroup(running);
      await start();
    },
    stop: async () => {
      redis.disconnect();
      await stopGroup(running);
      await rm(dir, { recursive: true, force: true });
    },
  };
}

export type OwnRedis = Awaited<ReturnType<typeof startOwnRedis>>;
