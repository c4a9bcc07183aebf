import { Redis } from 'ioredis';
import type { Logger } from 'pino';

import { ServiceError } from '../../platform/errors.ts';
import { redisFaults } from './faults.ts';
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
    disableClientInfo: true, // a right that a user of our own need not have, and Redis before 7.2 does not know
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
    throw startError(error, 'connect to Redis');
  }
}

/** @throws ServiceError CONFIG_INVALID when the user of REDIS_URL may not ask for it */
export async function infoOf(redis: Pick<Redis, 'info'>): Promise<string> {
  return redis.info().catch((error: unknown) => {
    throw startError(error, 'ask Redis for INFO');
  });
}

function startError(error: unknown, doing: string): ServiceError {
  return isRefusal(error)
    ? new ServiceError('CONFIG_INVALID', refusal(error), { cause: error })
    : redisError(error, doing);
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

function refusal(error: Error): string {
  return error.message.startsWith('NOPERM')
    ? `the user of REDIS_URL lacks a right (${error.message}); grant what docs/least-privilege.md lists`
    : 'Redis refuses the login; correct REDIS_URL';
}

function isRefusal(error: unknown): error is Error {
  return error instanceof Error && /^(WRONGPASS|NOAUTH|NOPERM)/.test(error.message);
}

/**
 * Refuses a Redis that would lose jobs without an error.
 * @param info answer of INFO
 * @returns what is not good but can be lived with
 * @throws ServiceError CONFIG_INVALID with the remedy
 */
export function checkRedis(info: string): string[] {
  const faults = redisFaults(info).map(({ grave, what, remedy }) => ({ grave, text: `${what}; ${remedy}` }));
  const problems = faults.filter(({ grave }) => grave).map(({ text }) => text);
  if (problems.length > 0) {
    throw new ServiceError('CONFIG_INVALID', `Redis (REDIS_URL) is not usable: ${problems.join('; ')}`, { problems });
  }
  return faults.map(({ text }) => text);
}
