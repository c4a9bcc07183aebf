import { Redis } from 'ioredis';
import type { Logger } from 'pino';

/** Back soon after an outage: BullMQ's own strategy would wait up to 20 s. */
const retryStrategy = (times: number): number => Math.min(times * 200, 2_000);

/** A user with few rights may not tell Redis the client's version, and Redis before 7.2 does not know how. */
const disableClientInfo = true;

/** For adding jobs: during an outage it fails at once instead of waiting for ever, and recovers by itself. */
export function producerConnection(url: string, log: Logger): Redis {
  return watched(
    new Redis(url, {
      disableClientInfo,
      enableOfflineQueue: false,
      maxRetriesPerRequest: 1,
      commandTimeout: 5_000,
      retryStrategy,
    }),
    'queues',
    log,
  );
}

/** For workers, which wait for work as long as it takes. */
export function workerConnection(url: string, log: Logger): Redis {
  return watched(new Redis(url, { disableClientInfo, maxRetriesPerRequest: null, retryStrategy }), 'workers', log);
}

function watched(redis: Redis, purpose: string, log: Logger): Redis {
  let down = false;
  redis.on('error', (error: Error) => {
    if (!down) {
      log.error({ purpose, err: error.message }, 'Redis is away; work waits');
    }
    down = true;
  });
  redis.on('ready', () => {
    if (down) {
      log.info({ purpose }, 'Redis is back');
    }
    down = false;
  });
  return redis;
}
