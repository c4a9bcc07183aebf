import { describe, expect, it } from '@jest/globals';

import { redisAwayFinding, redisFindings } from '../../../src/operate/doctor/redis.ts';

const good: Record<string, string> = {
  redis_version: '7.0.15',
  role: 'master',
  maxmemory_policy: 'noeviction',
  aof_enabled: '1',
  aof_last_write_status: 'ok',
  rdb_last_bgsave_status: 'ok',
  cluster_enabled: '0',
  used_memory: '50',
  maxmemory: '100',
};

const kept = { entries: 0, oldestMs: 0, refused: 0 };

function faultsOf(change: Record<string, string>, appendfsync: string | null = 'always', aheadMs = 0, audit = kept) {
  const info = Object.entries({ ...good, ...change })
    .map(([name, value]) => `${name}:${value}\r\n`)
    .join('');
  const clock = { asked: 1_000, answered: 1_010, from: 1_005 + aheadMs, to: 1_005 + aheadMs };
  return redisFindings({ info, appendfsync, clock, audit })
    .filter(({ level }) => level !== 'ok')
    .map(({ id, level }) => [id, level]);
}

describe('src/operate/doctor/redis', () => {
  it('is content with noeviction and what is appended at once', () => {
    expect(faultsOf({})).toEqual([]);
  });

  it.each([
    ['redis-eviction', 'error', { maxmemory_policy: 'volatile-lru' }],
    ['redis-version', 'error', { redis_version: '6.0.16' }],
    ['redis-replica', 'error', { role: 'slave' }],
    ['redis-cluster', 'error', { cluster_enabled: '1' }],
    ['redis-disk', 'error', { rdb_last_bgsave_status: 'err' }],
    ['redis-memory', 'warning', { used_memory: '85' }],
    ['redis-memory', 'error', { used_memory: '96' }],
    ['redis-append-only', 'warning', { aof_enabled: '0' }],
  ])('finds %s (%s) in %j', (id, level, change) => {
    expect(faultsOf(change)).toEqual([[id, level]]);
  });

  it('finds redis-appendfsync, but not where there is nothing to append to, or nothing to see', () => {
    expect(faultsOf({}, 'everysec')).toEqual([['redis-appendfsync', 'warning']]);
    expect(faultsOf({ aof_enabled: '0' }, 'everysec')).toEqual([['redis-append-only', 'warning']]);
    expect(faultsOf({}, null)).toEqual([]);
  });

  it('finds redis-clock, in seconds a warning and in minutes an error', () => {
    expect(faultsOf({}, null, 6_000)).toEqual([['redis-clock', 'warning']]);
    expect(faultsOf({}, null, -120_000)).toEqual([['redis-clock', 'error']]);
  });

  it('finds audit entries that wait for Kafka, or that Kafka refuses', () => {
    expect(faultsOf({}, 'always', 0, { ...kept, entries: 3, oldestMs: 5_000 })).toEqual([['audit-waits', 'warning']]);
    expect(faultsOf({}, 'always', 0, { ...kept, refused: 1 })).toEqual([['audit-refused', 'warning']]);
  });

  it.each([
    ['redis-login', 'WRONGPASS invalid username-password pair or user is disabled.'],
    ['redis-login', 'NOAUTH Authentication required.'],
    ['redis-away', 'connect ECONNREFUSED 127.0.0.1:1'],
  ])('finds %s in "%s"', (id, message) => {
    expect(redisAwayFinding(message, 'redis:6379')).toMatchObject({ id, level: 'error' });
  });
});
