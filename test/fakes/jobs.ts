import type { Job, JobData, Jobs, NewJob, QueueName, UserLock } from '../../src/jobs/payloads.ts';

/** Queues in memory that, like the real ones, drop a job whose id they have, and refuse an id that BullMQ refuses. */
export class FakeJobs implements Jobs {
  readonly #queues = new Map<QueueName, Map<string, NewJob<QueueName>>>();

  async add<Name extends QueueName>(queue: Name, jobs: readonly NewJob<Name>[]): Promise<void> {
    const known = this.#queues.get(queue) ?? new Map<string, NewJob<QueueName>>();
    this.#queues.set(queue, known);
    const refused = jobs.find(({ id }) => /^\d+$|:/.test(id));
    if (refused !== undefined) {
      throw new Error(`a job's id may have no ":" and not be digits only: ${refused.id}`);
    }
    for (const job of jobs) {
      if (!known.has(job.id)) {
        known.set(job.id, structuredClone(job));
      }
    }
  }

  in<Name extends QueueName>(queue: Name): readonly NewJob<Name>[] {
    return [...(this.#queues.get(queue)?.values() ?? [])] as unknown as readonly NewJob<Name>[];
  }
}

/** A job that keeps what its handler saves. */
export function fakeJob<Name extends QueueName>(
  data: JobData[Name],
  id = 'job-1',
): Job<Name> & { data: JobData[Name] } {
  const job = {
    id,
    data,
    save: (next: JobData[Name]) => {
      job.data = structuredClone(next);
      return Promise.resolve();
    },
  };
  return job;
}

/** Lets everybody through. */
export const openLock: UserLock = { hold: (_who, _jobId, work) => work() };
