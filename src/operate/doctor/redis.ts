import type { AuditBacklog } from '../../adapters/redis/audit-spool.ts';
import { infoField, redisFaults } from '../../adapters/redis/faults.ts';
import { clockFinding, type ClockReading } from './clock.ts';
import { error, type Finding, fine, holding, warning } from './finding.ts';

export interface RedisFacts {
  /** Answer of INFO. */
  readonly info: string;
  /** `null`: not visible. */
  readonly appendfsync: string | null;
  readonly clock: ClockReading;
  /** Audit entries that wait there for Kafka. */
  readonly audit: AuditBacklog;
}

/** What is wrong with a Redis that answers. */
export function redisFindings({ info, appendfsync, clock, audit }: RedisFacts): Finding[] {
  const field = (name: string): string => infoField(info, name);
  const [used, most] = [Number(field('used_memory')), Number(field('maxmemory'))];
  const full = most > 0 ? used / most : 0;
  const memory = `its memory is ${Math.round(full * 100)} % full (${field('used_memory_human')} of ${field('maxmemory_human')})`;
  const moreMemory = 'raise maxmemory; once it is full, no registration can be queued';
  return [
    fine('redis', `answers, version ${field('redis_version')}`),
    ...redisFaults(info).map(({ id, grave, what, remedy }) => (grave ? error : warning)(id, what, remedy)),
    ...holding(
      [
        field('cluster_enabled') === '1',
        () =>
          error(
            'redis-cluster',
            'it is a Redis Cluster, which would spread the keys of one queue over its nodes',
            'give the address of a single Redis, or of a primary with replicas',
          ),
      ],
      [
        field('aof_enabled') === '1' && (appendfsync === 'everysec' || appendfsync === 'no'),
        () =>
          warning(
            'redis-appendfsync',
            `appendfsync is ${appendfsync}: a crash of its machine loses ${appendfsync === 'no' ? 'what the system had not written' : 'up to a second'}`,
            'set appendfsync always; what is lost comes back from the event store, if that is on',
          ),
      ],
      [
        [field('aof_last_write_status'), field('rdb_last_bgsave_status')].includes('err'),
        () =>
          error(
            'redis-disk',
            'its last write to disk failed, and it may refuse to take more',
            "look at its log, at the space on its disk and at the directory's owner",
          ),
      ],
      [full >= 0.95, () => error('redis-memory', memory, moreMemory)],
      [full >= 0.8 && full < 0.95, () => warning('redis-memory', memory, moreMemory)],
    ),
    clockFinding('redis-clock', 'Redis', clock),
    ...auditFindings(audit),
  ];
}

/** Entries that stay there are lost with this Redis. */
function auditFindings({ entries, oldestMs, refused }: AuditBacklog): Finding[] {
  const since = `for ${Math.round(oldestMs / 1_000)} s`;
  return holding(
    [
      entries > 0,
      () =>
        warning(
          'audit-waits',
          `${entries} audit entries wait here for Kafka, the first ${since}; deletions and approvals wait for them`,
          'see what is wrong with Kafka; the service brings them there by itself',
        ),
    ],
    [
      refused > 0,
      () =>
        warning(
          'audit-refused',
          `Kafka refuses ${refused} audit entries, which are kept here`,
          "raise max.message.bytes of the audit's topic; the service tries again each minute",
        ),
    ],
  );
}

/** Why there is no connection, from what the client says. */
export function redisAwayFinding(message: string, where: string): Finding {
  if (/WRONGPASS|NOAUTH|invalid password|without any password/i.test(message)) {
    return error('redis-login', `Redis at ${where} refuses the login`, 'correct user and password in REDIS_URL');
  }
  const [, refused = ''] = /^NOPERM .*?'([^']+)'/.exec(message) ?? [];
  if (message.startsWith('NOPERM')) {
    return error(
      'redis-rights',
      `the user of REDIS_URL lacks a right${refused === '' ? '' : `: ${refused.toUpperCase()}`} (${message})`,
      'grant what docs/least-privilege.md lists: ACL SETUSER …',
    );
  }
  return error(
    'redis-away',
    `no connection to Redis at ${where}: ${message}`,
    'start it, or correct REDIS_URL (rediss:// where it speaks TLS)',
  );
}
