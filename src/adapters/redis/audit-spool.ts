import { randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';

import { redisError } from './errors.ts';

/** An audit entry that waits for Kafka. */
export interface SpooledEntry {
  readonly list: 'waiting' | 'refused';
  /** Its place there, given by Redis. */
  readonly place: string;
  readonly json: string;
}

/** How many entries wait for Kafka. */
export interface AuditBacklog {
  readonly entries: number;
  /** How long the first of them waits, in ms. */
  readonly oldestMs: number;
  /** Entries that Kafka refuses, also when they are cut. They are tried again. */
  readonly refused: number;
}

/** Audit entries that Kafka does not take now. All instances share it. It is lost if Redis is lost. */
export interface AuditSpool {
  /** @returns `false` when it is full */
  add(json: string): Promise<boolean>;
  /** The entries that wait longest. */
  first(count: number): Promise<readonly SpooledEntry[]>;
  refused(count: number): Promise<readonly SpooledEntry[]>;
  /** Kafka has these. */
  done(entries: readonly SpooledEntry[]): Promise<void>;
  /** Keeps an entry apart that Kafka refuses, so that the others go on. @returns `false` when too many are there */
  setAside(entry: SpooledEntry): Promise<boolean>;
  backlog(): Promise<AuditBacklog>;
  /** One instance at a time empties it. Another one that asks meanwhile goes on without. */
  hold(work: () => Promise<void>): Promise<void>;
  /** Whether that was noted as recorded. */
  noted(id: string): Promise<boolean>;
  note(id: string): Promise<void>;
}

export const auditSpoolLimits = { entries: 100_000, refused: 1_000 };
/** As long as an approval stays in Redis. */
const notedSeconds = 90 * 24 * 3_600;
const holdMs = 60_000;

const addScript = `
if redis.call('XLEN', KEYS[1]) >= tonumber(ARGV[2]) then return 0 end
redis.call('XADD', KEYS[1], '*', 'json', ARGV[1])
return 1`;
const setAsideScript = `
if redis.call('XLEN', KEYS[2]) >= tonumber(ARGV[3]) then return 0 end
redis.call('XADD', KEYS[2], '*', 'json', ARGV[2])
redis.call('XDEL', KEYS[1], ARGV[1])
return 1`;
const releaseScript = `if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0`;

export function createAuditSpool(redis: Redis, prefix: string, limits = auditSpoolLimits): AuditSpool {
  const lists = { waiting: `${prefix}:audit:waiting`, refused: `${prefix}:audit:refused` };
  const lock = `${prefix}:audit:lock`;
  const notedKey = (id: string): string => `${prefix}:audit:noted:${id}`;

  async function ask<T>(doing: string, question: () => Promise<T>): Promise<T> {
    try {
      return await question();
    } catch (cause) {
      throw redisError(cause, doing);
    }
  }

  async function read(list: SpooledEntry['list'], count: number): Promise<readonly SpooledEntry[]> {
    const found = await ask('read audit entries that wait', () => redis.xrange(lists[list], '-', '+', 'COUNT', count));
    return found.map(([place, fields]) => ({ list, place, json: fields[1] ?? '' }));
  }

  return {
    add: (json) =>
      ask(
        'keep an audit entry',
        async () => (await redis.eval(addScript, 1, lists.waiting, json, limits.entries)) === 1,
      ),
    first: (count) => read('waiting', count),
    refused: (count) => read('refused', count),
    async done(entries) {
      for (const list of ['waiting', 'refused'] as const) {
        const places = entries.filter((entry) => entry.list === list).map(({ place }) => place);
        if (places.length > 0) {
          await ask('let go of audit entries', () => redis.xdel(lists[list], ...places));
        }
      }
    },
    setAside: ({ place, json }) =>
      ask(
        'set an audit entry aside',
        async () =>
          (await redis.eval(setAsideScript, 2, lists.waiting, lists.refused, place, json, limits.refused)) === 1,
      ),
    async backlog() {
      const [entries, aside, [oldest], [seconds]] = await ask('count audit entries that wait', () =>
        Promise.all([
          redis.xlen(lists.waiting),
          redis.xlen(lists.refused),
          redis.xrange(lists.waiting, '-', '+', 'COUNT', 1),
          redis.time(),
        ]),
      );
      const since = oldest === undefined ? null : Number(oldest[0].split('-')[0]);
      const oldestMs = since === null ? 0 : Math.max(0, Number(seconds) * 1_000 - since);
      return { entries, oldestMs, refused: aside };
    },
    async hold(work) {
      const token = randomUUID();
      if ((await ask('hold the audit spool', () => redis.set(lock, token, 'PX', holdMs, 'NX'))) !== 'OK') {
        return;
      }
      try {
        await work();
      } finally {
        await redis.eval(releaseScript, 1, lock, token).catch(() => undefined); // it expires by itself
      }
    },
    noted: (id) => ask('see what the audit has', async () => (await redis.exists(notedKey(id))) === 1),
    note: (id) =>
      ask('note what the audit has', async () => void (await redis.set(notedKey(id), '1', 'EX', notedSeconds))),
  };
}
