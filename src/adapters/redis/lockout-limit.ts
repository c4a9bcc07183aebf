import type { Redis } from 'ioredis';

import type { LockoutLimit } from '../../execute/lockout-limit.ts';
import type { StoppedRule } from '../../jobs/payloads.ts';
import type { RuleRef } from '../../rules/model.ts';
import { redisError } from './errors.ts';

const minuteMs = 60_000;

export interface LockoutLimitOptions {
  readonly redis: Redis;
  readonly prefix: string;
  /** People per minute, realm and rule. */
  readonly limit: number;
  /** Version of the rule book in force: another one sets a stopped rule going. */
  readonly version: () => string;
  readonly now: () => number;
  /** Called by the one instance whose person was one too many, once for each stop. */
  readonly onStop: (stopped: StoppedRule) => Promise<void>;
}

/**
 * In one step, so that of several instances exactly one stops the rule. Who was counted a moment ago may go on: a job
 * that is tried again must not be in its own way. A stop that is over is forgotten: it must not come back with the old
 * limit or the old rules.
 */
const admission = `
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', '(' .. (ARGV[2] - ARGV[3]))
if redis.call('ZSCORE', KEYS[1], ARGV[1]) then return 'go' end
local held = redis.call('HGET', KEYS[2], ARGV[5])
if held then
  if cjson.decode(held).scope == ARGV[6] then return 'stopped' end
  redis.call('HDEL', KEYS[2], ARGV[5])
end
if redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[4]) then
  redis.call('HSET', KEYS[2], ARGV[5], ARGV[7])
  return 'stops'
end
redis.call('ZADD', KEYS[1], ARGV[2], ARGV[1])
redis.call('PEXPIRE', KEYS[1], ARGV[3] * 2)
return 'go'`;

/** The limit as a sliding window per rule, and a hash of the rules that are stopped. */
export function createLockoutLimit(options: LockoutLimitOptions): LockoutLimit {
  const { redis, prefix, limit, version, now, onStop } = options;
  const stops = `${prefix}:stopped-rules`;
  // Part of what is kept, so that other rules or another limit start from nothing.
  const scope = (): string => `${version()}/${limit}`;

  return {
    async admit(rule, { realm, userId }) {
      const field = fieldOf(rule, realm);
      const stopped = { realm, file: rule.file, rule: rule.rule, at: now() };
      const held = JSON.stringify({ ...stopped, scope: scope() });
      const window = `${prefix}:limit:${scope()}:${field}`;
      const args = [userId, stopped.at, minuteMs, limit, field, scope(), held];
      const answer = await asked(() => redis.eval(admission, 2, window, stops, ...args));
      if (answer === 'stops') {
        await onStop(stopped);
      }
      return answer === 'go';
    },
    async isStopped(rule, realm) {
      const held = await asked(() => redis.hget(stops, fieldOf(rule, realm)));
      return held !== null && parse(held).scope === scope();
    },
    async stopped() {
      const all = Object.values(await asked(() => redis.hgetall(stops))).map(parse);
      return all
        .filter((held) => held.scope === scope())
        .map(({ realm, file, rule, at }) => ({ realm, file, rule, at }));
    },
  };
}

function fieldOf({ file, rule }: RuleRef, realm: string): string {
  return JSON.stringify([realm, file, rule]);
}

function parse(held: string): StoppedRule & { readonly scope: string } {
  return JSON.parse(held) as StoppedRule & { readonly scope: string };
}

async function asked<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (cause) {
    throw redisError(cause, 'limit what rules close');
  }
}
