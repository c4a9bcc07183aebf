import type { Logger } from 'pino';

import type { JobData, Jobs, Lockouts, NewJob, QueueName } from '../../jobs/payloads.ts';
import { isDropped, queueNames, withoutPersonalData } from '../../jobs/queues.ts';
import { mustBeRemembered } from '../../jobs/remembered.ts';
import { forEach } from '../../platform/each.ts';
import type { RememberedState } from '../redis/remembered-state.ts';
import { jobKey } from '../redis/state-keys.ts';
import type { Queues } from './queues.ts';

export interface RememberedJobsDeps {
  readonly queues: Queues;
  readonly state: RememberedState;
  readonly lockouts: Pick<Lockouts, 'open' | 'finish'>;
  readonly log: Logger;
  readonly now: () => number;
}

export interface RememberedJobs extends Jobs {
  /** The job did what it was for. Never throws: a job that is done must not run again because of this. */
  ended<Name extends QueueName>(queue: Name, job: { readonly id: string; readonly data: JobData[Name] }): Promise<void>;
  /** Queues the jobs that came back from Kafka. @returns how many there were */
  bringBack(): Promise<number>;
}

/** A job as Kafka remembers it, without personal data. */
interface Remembered<Name extends QueueName = QueueName> {
  readonly queue: Name;
  readonly id: string;
  readonly data: JobData[Name];
  /** ms since 1970. */
  readonly due: number;
}

const atOnce = 16;

/**
 * Queues that survive Redis. A job that must come back is remembered before it is queued: after a crash in between, the
 * caller repeats both. It is forgotten when it did what it was for. One that was given up is remembered.
 */
export function createRememberedJobs({ queues, state, lockouts, log, now }: RememberedJobsDeps): RememberedJobs {
  async function bringBackOne(key: string): Promise<void> {
    const json = await state.get(key);
    const job = json === null ? null : remembered(json);
    const held = job === null ? null : await queues.stateOf(job.queue, job.id);
    if (held === 'ended') {
      await state.drop(key);
    } else if (job !== null && held === 'unknown') {
      await queues.add(job.queue, [{ id: job.id, data: job.data, delayMs: Math.max(0, job.due - now()) }]);
    }
    await state.requeued(key);
  }

  return {
    async add<Name extends QueueName>(queue: Name, jobs: readonly NewJob<Name>[]) {
      const kept = jobs.filter(({ data }) => mustBeRemembered(queue, data));
      if (kept.length > 0) {
        await state.putJobs(kept.map((job) => record(queue, job)));
      }
      if (queue === 'registrations') {
        await lockouts.open(jobs.map(({ data }) => (data as JobData['registrations']).registration));
      }
      await queues.add(queue, jobs);
    },
    async ended(queue, { id, data }) {
      try {
        if (queue === 'registrations' && isDropped(data)) {
          // Its handler, which does this otherwise, never saw it. Without it, an empty Redis would bring it back.
          await lockouts.finish((data as JobData['registrations']).registration);
        }
        if (mustBeRemembered(queue, data)) {
          await state.drop(jobKey(queue, id));
        }
      } catch (error) {
        log.warn({ err: error, queue, jobId: id }, 'a job is done and still remembered');
      }
    },
    async bringBack() {
      const keys = await state.restored();
      await forEach(keys, atOnce, bringBackOne);
      return keys.length;
    },
  };

  function record<Name extends QueueName>(queue: Name, { id, data, delayMs = 0 }: NewJob<Name>) {
    const content: Remembered<Name> = {
      queue,
      id,
      data: withoutPersonalData(queue, data),
      due: now() + delayMs,
    };
    return { key: jobKey(queue, id), content, queued: queues.keyOf(queue, id) };
  }
}

/** `null`: a later version wrote it, for a queue that this one does not know. */
function remembered(json: string): Remembered | null {
  const job = JSON.parse(json) as Remembered;
  return queueNames.includes(job.queue) ? job : null;
}
