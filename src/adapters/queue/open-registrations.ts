import type { Queue } from 'bullmq';
import type { Redis } from 'ioredis';

export interface OpenRegistrations {
  readonly queue: string;
  /** `given-up`: somebody has to have the job tried again. */
  readonly state: 'waiting' | 'given-up';
  readonly jobs: number;
  /** How many are older than each of `ages`. */
  readonly olderThan: Readonly<Record<Age, number>>;
}

export type Age = '10s' | '1m' | '10m' | '1h';

const ages: Readonly<Record<Age, number>> = { '10s': 10_000, '1m': 60_000, '10m': 600_000, '1h': 3_600_000 };
const states = { waiting: ['wait', 'active', 'delayed'], 'given-up': ['failed'] } as const;

/**
 * How many jobs of a queue are not done, by the time since they were queued. It asks the age of this many per state, at
 * most: a scrape costs no more after an outage. Those beyond count as jobs, and not as old.
 */
const mostAges = 1_000;

export async function openRegistrations(
  queues: readonly Queue[],
  client: Redis,
  now: number,
): Promise<readonly OpenRegistrations[]> {
  const wanted = queues.flatMap((queue) => (['waiting', 'given-up'] as const).map((state) => ({ queue, state })));
  return Promise.all(
    wanted.map(async ({ queue, state }) => {
      const types = states[state];
      const [jobs, ...times] = await Promise.all([
        queue.getJobCountByTypes(...types),
        ...types.map((type) => queuedAt(queue, client, type)),
      ]);
      const waited = times.flat().map((time) => now - time);
      const olderThan = Object.fromEntries(
        Object.entries(ages).map(([age, ms]) => [age, waited.filter((wait) => wait > ms).length]),
      ) as Record<Age, number>;
      return { queue: queue.name, state, jobs, olderThan };
    }),
  );
}

/** When jobs of one state were queued, in ms since 1970; of those that wait in line, the oldest. */
async function queuedAt(
  queue: Queue,
  client: Redis,
  type: 'wait' | 'active' | 'delayed' | 'failed',
): Promise<number[]> {
  const ids = await queue.getRanges([type], 0, mostAges - 1, true);
  const times = await Promise.all(ids.map((id) => client.hget(queue.toKey(id), 'timestamp')));
  return times.flatMap((time) => (time === null ? [] : [Number(time)]));
}
