import type { Redis } from 'ioredis';

import type { DigestWindows } from '../../approvals/digest-windows.ts';
import type { Asked, Collected } from '../../jobs/questions.ts';
import { redisError } from './errors.ts';

/** Longer than any window waits for its message, and than a job is tried again. */
const keepMs = 8 * 24 * 3_600_000;

/**
 * A window that is over still collects while its message is not begun, but no longer than its length again: its job may
 * have been dropped.
 */
const enter = `
local window, ends, first = unpack(redis.call('HMGET', KEYS[1], 'window', 'until', 'first'))
local now, span = tonumber(ARGV[2]), tonumber(ARGV[3])
if window and first ~= ARGV[1] then
  ends = tonumber(ends)
  local waiting = redis.call('ZCOUNT', KEYS[2], window, window)
  if now < ends or (waiting > 0 and now < ends + span) then
    redis.call('ZADD', KEYS[2], window, ARGV[4])
    redis.call('PEXPIRE', KEYS[2], ARGV[5])
    return {window, ends}
  end
elseif window and now < tonumber(ends) then
  return false
end
redis.call('HSET', KEYS[1], 'window', ARGV[2], 'until', now + span, 'first', ARGV[1])
redis.call('PEXPIRE', KEYS[1], ARGV[5])
return false`;

const close = `
if redis.call('HGET', KEYS[1], 'window') == ARGV[1] then
  local next = math.max(tonumber(ARGV[1]) + 1, tonumber(ARGV[3]))
  redis.call('HSET', KEYS[1], 'window', string.format('%d', next), 'until', ARGV[3] + ARGV[4], 'first', ARGV[2])
  redis.call('PEXPIRE', KEYS[1], ARGV[5])
end
return redis.call('ZRANGEBYSCORE', KEYS[2], ARGV[1], ARGV[1])`;

const withdraw = `
local window, first = unpack(redis.call('HMGET', KEYS[1], 'window', 'first'))
if window and first == ARGV[1] and redis.call('ZCOUNT', KEYS[2], window, window) == 0 then
  redis.call('DEL', KEYS[1])
end`;

/** For each reader: the window as a hash, what is collected by window, and what was sent. */
export function createDigestWindows(redis: Redis, prefix: string, now: () => number): DigestWindows {
  const keysOf = (reader: string) => {
    const window = `${prefix}:digest:${reader}`;
    return { window, collected: `${window}:collected`, sent: `${window}:sent` };
  };

  return {
    async enter(reader, asked, spanMs) {
      const { window, collected } = keysOf(reader);
      const args = [asked.id, now(), spanMs, JSON.stringify(asked), keepMs];
      const found = await ask('collect questions', () => redis.eval(enter, 2, window, collected, ...args));
      return Array.isArray(found) ? { window: Number(found[0]), until: Number(found[1]) } : 'at-once';
    },
    async close(which, jobId, spanMs) {
      const { window, collected } = keysOf(which.reader);
      const args = [which.window, jobId, now(), spanMs, keepMs];
      const found = await ask('take questions', () => redis.eval(close, 2, window, collected, ...args));
      return (found as string[]).map((json) => JSON.parse(json) as Asked);
    },
    async done({ reader, window }: Collected, ids) {
      const { collected, sent } = keysOf(reader);
      const scored = ids.flatMap((id) => [now(), id]);
      await ask('note questions as sent', () =>
        redis
          .multi()
          .zadd(sent, ...scored)
          .zremrangebyscore(sent, '-inf', now() - keepMs)
          .pexpire(sent, keepMs)
          .zremrangebyscore(collected, window, window)
          .exec(),
      );
    },
    async withdraw(reader, jobId) {
      const { window, collected } = keysOf(reader);
      await ask('end a window', () => redis.eval(withdraw, 2, window, collected, jobId));
    },
    async wasSent(reader, id) {
      const score = await ask('see whether a question was sent', () => redis.zscore(keysOf(reader).sent, id));
      return score !== null;
    },
  };
}

async function ask<T>(doing: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    throw redisError(cause, doing);
  }
}
