import { Redis } from 'ioredis';
import type { Logger } from 'pino';

import { ServiceError } from '../../errors.ts';
import { redisError } from './errors.ts';

export interface RedisSettings {
  /** redis:// or rediss://, with user and password where Redis wants them. */
  readonly url: string;
  readonly log: Logger;
  /** How long to wait for the first connection, in ms. */
  readonly patienceMs?: number;
}

/**
 * A connection for short commands. An outage fails them at once instead of holding them back, and a command that was
 * under way is not sent again: who asked knows best whether to repeat. Reconnects by itself, within 2 s.
 * @throws ServiceError REDIS_UNAVAILABLE; CONFIG_INVALID when Redis refuses the login
 */
export async function connectRedis({ url, log, patienceMs = 15_000 }: RedisSettings): Promise<Redis> {
  const redis = new Redis(url, {
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    commandTimeout: 5_000,
    disconnectTimeout: 500,
    retryStrategy: (times) => Math.min(times * 100, 2_000),
  });
  let away = false;
  redis.on('error', (error: Error) => {
    if (!away) {
      log.error({ because: error.message }, 'Redis is away');
    }
    away = true;
  });
  redis.on('ready', () => {
    if (away) {
      log.info('Redis is back');
    }
    away = false;
  });
  try {
    await firstReady(redis, patienceMs);
    return redis;
  } catch (error) {
    redis.disconnect();
    throw isRefusal(error)
      ? new ServiceError('CONFIG_INVALID', 'Redis refuses the login; correct REDIS_URL', { cause: error })
      : redisError(error, 'connect to Redis');
  }
}

/** Rejects at once when waiting is no use, else with the last trouble when the patience is over. */
function firstReady(redis: Redis, patienceMs: number): Promise<void> {
  return new Promise((resolve, reject) => {
    let trouble = new Error('no answer');
    const late = setTimeout(() => reject(trouble), patienceMs);
    redis.once('ready', () => {
      clearTimeout(late);
      resolve();
    });
    redis.on('error', (error: Error) => {
      trouble = error;
      if (isRefusal(error)) {
        clearTimeout(late);
        reject(error);
      }
    });
  });
}

function isRefusal(error: unknown): boolean {
  return error instanceof Error && /^(WRONGPASS|NOAUTH|NOPERM)/.test(error.message);
}

/**
 * Looks whether this Redis can be trusted with jobs. With another eviction policy it drops acknowledged jobs without an
 * error once its memory is full; without append-only file it forgets them when it is killed.
 * @param info answer of INFO
 * @returns what is not good but can be lived with
 * @throws ServiceError CONFIG_INVALID with the remedy
 */
export function checkRedis(info: string): string[] {
  const field = (name: string): string => new RegExp(`^${name}:(.*?)\r?$`, 'm').exec(info)?.[1] ?? '';
  const [major = 0, minor = 0] = field('redis_version').split('.').map(Number);
  const problems: string[] = [];
  if (major < 6 || (major === 6 && minor < 2)) {
    problems.push(`it is version ${field('redis_version') || 'unknown'}; use 6.2 or newer`);
  }
  if (field('maxmemory_policy') !== 'noeviction') {
    problems.push(`its maxmemory-policy is ${field('maxmemory_policy')}; set maxmemory-policy noeviction`);
  }
  if (field('role') === 'slave') {
    problems.push('it is a replica and takes no writes; give the address of the primary');
  }
  if (problems.length > 0) {
    throw new ServiceError('CONFIG_INVALID', `Redis (REDIS_URL) is not usable: ${problems.join('; ')}`, { problems });
  }
  return field('aof_enabled') === '1'
    ? []
    : ['Redis has no append-only file: set appendonly yes, or a crash of it loses jobs'];
}
