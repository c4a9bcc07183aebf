import { Queue } from 'bullmq';
import type { Redis } from 'ioredis';

import { ServiceError } from '../../platform/errors.ts';
import { queueNames } from '../../jobs/queues.ts';
import type { WaitingJob } from '../../jobs/outages.ts';
import type { Jobs, NewJob, QueueName, RepeatedTask } from '../../jobs/payloads.ts';
import { openRegistrations, type OpenRegistrations } from './open-registrations.ts';
import { wakeJob } from './wake.ts';

/** Finished jobs stay this long, so that a repeated event finds its job id taken: as long as the events topic repeats it. */
const keepCompleted = { age: 7 * 24 * 3_600, count: 100_000 };

/** Anyone who can write to the events topic can cause failed confirmations: of others, each waits for somebody. */
const keepFailed: Readonly<Partial<Record<QueueName, number>>> = { confirmations: 1_000 };

export interface Queues extends Jobs {
  /** Jobs that wait, per queue. */
  depths(): Promise<Readonly<Record<QueueName, number>>>;
  /** Registrations that are not handled yet, by age. */
  open(): Promise<readonly OpenRegistrations[]>;
  /** Jobs by queue and state. */
  counts(): Promise<Readonly<Record<string, Readonly<Record<string, number>>>>>;
  /** Where Redis keeps a job. */
  keyOf(queue: QueueName, id: string): string;
  /** What the queue knows of a job. `there`: it waits, runs, or was given up. */
  stateOf(queue: QueueName, id: string): Promise<'unknown' | 'there' | 'ended'>;
  /** How many repeated tasks are scheduled. */
  scheduled(): Promise<number>;
  /** Runs a job that failed and waits for its next attempt at once. `busy`: an attempt is under way. */
  wake(job: WaitingJob): Promise<'woken' | 'busy' | 'not-waiting'>;
  /** Repeats a job of the deadlines queue, once for all instances. */
  schedule(kind: RepeatedTask, everyMs: number): Promise<void>;
  close(): Promise<void>;
}

export function createQueues(connection: Redis, prefix: string): Queues {
  const queues = Object.fromEntries(
    queueNames.map((name) => [
      name,
      new Queue(name, {
        connection,
        prefix,
        defaultJobOptions: {
          // The backoff strategy ends the retries; this count only must not end them before.
          attempts: 10_000,
          backoff: { type: 'custom' },
          removeOnComplete: keepCompleted,
          removeOnFail: keepFailed[name] ?? false,
          stackTraceLimit: 5,
        },
      }),
    ]),
  ) as Record<QueueName, Queue>;
  for (const queue of Object.values(queues)) {
    queue.on('error', () => undefined); // the connection reports its own errors
  }

  return {
    async add<Name extends QueueName>(name: Name, jobs: readonly NewJob<Name>[]) {
      try {
        await queues[name].addBulk(
          jobs.map(({ id, data, delayMs }) => ({
            name,
            data,
            opts: { jobId: id, ...(delayMs === undefined ? {} : { delay: delayMs }) },
          })),
        );
      } catch (cause) {
        throw new ServiceError('REDIS_UNAVAILABLE', `jobs could not be added to ${name}`, { cause, jobs: jobs.length });
      }
    },
    async depths() {
      const counts = await Promise.all(
        queueNames.map((name) => queues[name].getJobCountByTypes('wait', 'delayed', 'active')),
      );
      return Object.fromEntries(queueNames.map((name, index) => [name, counts[index] ?? 0])) as Record<
        QueueName,
        number
      >;
    },
    open: () => openRegistrations([queues.registrations, queues.confirmations], connection, Date.now()),
    async counts() {
      const states = ['waiting', 'active', 'delayed', 'completed', 'failed'] as const;
      return Object.fromEntries(
        await Promise.all(queueNames.map(async (name) => [name, await queues[name].getJobCounts(...states)] as const)),
      );
    },
    keyOf: (queue, id) => queues[queue].toKey(id),
    async stateOf(queue, id) {
      const state = await queues[queue].getJobState(id);
      return state === 'completed' ? 'ended' : state === 'unknown' ? 'unknown' : 'there';
    },
    scheduled: () => queues.deadlines.getJobSchedulersCount(),
    wake: ({ queue, id }) => wakeJob(queues[queue], id),
    async schedule(kind, everyMs) {
      // One that failed comes again. It would only count among the jobs that wait for somebody.
      await queues.deadlines.upsertJobScheduler(
        kind,
        { every: everyMs },
        { name: 'deadlines', data: { kind }, opts: { removeOnComplete: 10, removeOnFail: true, attempts: 1 } },
      );
    },
    async close() {
      await Promise.all(queueNames.map((name) => queues[name].close()));
    },
  };
}
