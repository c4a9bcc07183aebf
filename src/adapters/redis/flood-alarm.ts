import type { Redis } from 'ioredis';
import type { Logger } from 'pino';

import type { FloodAlarm } from '../../execute/flood-alarm.ts';
import type { Flood } from '../../jobs/questions.ts';
import { redisError } from './errors.ts';

const hourMs = 3_600_000;

export interface FloodAlarmOptions {
  readonly redis: Redis;
  readonly prefix: string;
  /** People per hour, realm and rule. */
  readonly limit: number;
  readonly now: () => number;
  readonly log: Logger;
  /** Called by the one instance whose person was one too many, once per rule and hour. */
  readonly onFlood: (flood: Flood) => Promise<void>;
}

/** After an alarm nothing is counted for an hour, so the set never holds more than the limit. */
const count = `
local alarmed = redis.call('HGET', KEYS[2], ARGV[5])
if alarmed and ARGV[2] - alarmed < tonumber(ARGV[3]) then return 0 end
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', '(' .. (ARGV[2] - ARGV[3]))
redis.call('ZADD', KEYS[1], 'NX', ARGV[2], ARGV[1])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
if redis.call('ZCARD', KEYS[1]) <= tonumber(ARGV[4]) then return 0 end
redis.call('HSET', KEYS[2], ARGV[5], ARGV[2])
redis.call('DEL', KEYS[1])
return 1`;

/** A sliding window per realm and rule, and a hash of the last alarms. If Redis loses them, counting begins anew. */
export function createFloodAlarm({ redis, prefix, limit, now, log, onFlood }: FloodAlarmOptions): FloodAlarm {
  const alarms = `${prefix}:floods`;
  return {
    async asked({ file, rule }, { id, realm }) {
      const flood: Flood = { realm, file, rule, at: now() };
      const field = JSON.stringify([realm, file, rule]);
      try {
        const args = [id, flood.at, hourMs, limit, field];
        if ((await redis.eval(count, 2, `${prefix}:flood:${field}`, alarms, ...args)) === 1) {
          await onFlood(flood);
        }
      } catch (err) {
        log.warn({ err, realm, file, rule }, 'it cannot be counted how many people a rule asks about');
      }
    },
    async floods() {
      const all = await redis.hgetall(alarms).catch((cause: unknown) => {
        throw redisError(cause, 'list floods');
      });
      return Object.entries(all)
        .map(([field, at]): Flood => {
          const [realm = '', file = '', rule = ''] = JSON.parse(field) as string[];
          return { realm, file, rule, at: Number(at) };
        })
        .filter(({ at }) => now() - at < hourMs);
    },
  };
}
