import { ErrorCode, type Job, Queue } from 'bullmq';
import type { Redis } from 'ioredis';

import type { JobData, QueueName } from '../../jobs/payloads.ts';
import { dropped, queueNames } from '../../jobs/queues.ts';
import { redisError } from '../redis/errors.ts';

export const jobStates = ['waiting', 'active', 'delayed', 'failed', 'completed'] as const;
export type JobState = (typeof jobStates)[number];

/** A job as its queue has it. All times are ms since 1970. */
export interface StoredJob<Name extends QueueName = QueueName> {
  readonly queue: Name;
  readonly id: string;
  readonly state: JobState;
  readonly data: JobData[Name];
  /** Attempts that were made. */
  readonly attempts: number;
  readonly addedAt: number;
  /** When its first attempt was meant to be. */
  readonly plannedFor: number;
  /** When the next attempt is due; `null`: it is not delayed. */
  readonly dueAt: number | null;
  readonly finishedAt: number | null;
  /** Why the last attempt failed or was put off, where one was. */
  readonly reason: string | null;
}

/** What an operator may do with jobs. Each method throws ServiceError REDIS_UNAVAILABLE. */
export interface StoredJobs {
  /** Jobs of these queues and states. Repeated tasks are left out: each comes again by itself. */
  read(queues: readonly QueueName[], states: readonly JobState[]): AsyncGenerator<StoredJob>;
  find(queue: QueueName, id: string): Promise<StoredJob | null>;
  /** Has it tried at once, with all attempts before it. `false`: its state is another by now, and nothing was done. */
  retry(job: StoredJob): Promise<boolean>;
  /**
   * Ends it without its effect. The job stays as a finished one, so that its id is taken: a repeat of what caused it
   * makes no new job. `false`: a worker took it up meanwhile, and its effect may come.
   */
  drop(job: StoredJob): Promise<boolean>;
  close(): Promise<void>;
}

const pageSize = 500;

export function openStoredJobs(connection: Redis, prefix: string): StoredJobs {
  return new RedisStoredJobs(connection, prefix);
}

class RedisStoredJobs implements StoredJobs {
  readonly #connection: Redis;
  readonly #queues: ReadonlyMap<QueueName, Queue>;

  constructor(connection: Redis, prefix: string) {
    this.#connection = connection;
    const options = { connection, prefix, skipMetasUpdate: true };
    this.#queues = new Map(queueNames.map((name) => [name, new Queue(name, options)]));
    for (const queue of this.#queues.values()) {
      queue.on('error', () => undefined); // the connection reports its own errors
    }
  }

  async *read(names: readonly QueueName[], states: readonly JobState[]): AsyncGenerator<StoredJob> {
    for (const name of names) {
      for (const state of states) {
        for (let start = 0, last = false; !last; start += pageSize) {
          const page = await asked('read jobs', () => pageOf(this.#queue(name), state, start));
          last = page.length < pageSize;
          const there = page.filter((job) => job !== undefined); // one that ended between two requests is a gap
          const jobs = await Promise.all(there.map((job) => this.#stored(name, job, state)));
          yield* jobs.filter((job) => job !== null);
        }
      }
    }
  }

  find(name: QueueName, id: string): Promise<StoredJob | null> {
    return asked('look for a job', async () => {
      const queue = this.#queue(name);
      const [job, state] = await Promise.all([queue.getJob(id), queue.getJobState(id)]);
      return job === undefined || state === 'unknown' ? null : this.#stored(name, job as Job, known(state));
    });
  }

  retry(job: StoredJob): Promise<boolean> {
    return asked('have a job tried again', async () => {
      const found = await this.#unchanged(job);
      return found !== null && this.#wake(found, job);
    });
  }

  drop(job: StoredJob): Promise<boolean> {
    return asked('drop a job', async () => {
      const found = await this.#unchanged(job);
      if (found === null) {
        return false;
      }
      const marked = await found.updateData(dropped(job.queue, job.data)).then(() => true, isOfAnotherState);
      // From now on, the next worker that takes it up ends it.
      return marked && this.#wake(found, job);
    });
  }

  async close(): Promise<void> {
    await Promise.all([...this.#queues.values()].map((queue) => queue.close()));
  }

  #queue(name: QueueName): Queue {
    return this.#queues.get(name) as Queue;
  }

  /** `null`: its state is another by now. */
  async #unchanged({ queue: name, id, state }: Pick<StoredJob, 'queue' | 'id' | 'state'>): Promise<Job | null> {
    const [job, now] = await Promise.all([this.#queue(name).getJob(id), this.#queue(name).getJobState(id)]);
    return job === undefined || known(now) !== state ? null : (job as Job);
  }

  async #wake(job: Job, { queue: name, id, state }: StoredJob): Promise<boolean> {
    // All attempts are before it again. Crashes of its workers count too, as "stc".
    await this.#connection.hdel(this.#queue(name).toKey(id), 'atm', 'ats', 'stc');
    switch (state) {
      case 'failed':
        return job.retry('failed').then(() => true, isOfAnotherState);
      case 'delayed':
        return job.promote().then(() => true, isOfAnotherState);
      case 'waiting':
        return (await this.#unchanged({ queue: name, id, state })) !== null; // the next free worker takes it
      case 'active':
      case 'completed':
        return false;
    }
  }

  /** `null`: a repeated task. */
  async #stored(name: QueueName, job: Job, state: JobState): Promise<StoredJob | null> {
    const id = job.id ?? '';
    if (job.repeatJobKey !== undefined) {
      return null;
    }
    const score = state === 'delayed' ? await this.#connection.zscore(this.#queue(name).toKey('delayed'), id) : null;
    return {
      queue: name,
      id,
      state,
      data: job.data as JobData[QueueName],
      attempts: job.attemptsMade,
      addedAt: job.timestamp,
      plannedFor: job.timestamp + (job.opts.delay ?? 0),
      dueAt: score === null ? null : Math.floor(Number(score) / 4_096), // the low bits keep jobs of one ms in order
      finishedAt: job.finishedOn ?? null,
      reason: (state === 'delayed' && reasonToWait(job.progress)) || job.failedReason || null,
    };
  }
}

async function pageOf(queue: Queue, state: JobState, start: number): Promise<(Job | undefined)[]> {
  return (await queue.getJobs(state, start, start + pageSize - 1, true)) as (Job | undefined)[];
}

/** What the worker said when it put the job off. A later attempt that failed has taken it back. */
function reasonToWait(progress: unknown): string | null {
  const said = typeof progress === 'object' && progress !== null && 'waitsFor' in progress ? progress.waitsFor : null;
  return typeof said === 'string' ? said : null;
}

function known(state: string): JobState {
  return jobStates.find((name) => name === state) ?? 'waiting';
}

/** The job went on, or ended, since its state was read. */
function isOfAnotherState(error: unknown): false {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === ErrorCode.JobNotInState || code === ErrorCode.JobNotExist) {
    return false;
  }
  throw error;
}

async function asked<T>(doing: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw redisError(error, doing);
  }
}
