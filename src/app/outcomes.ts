import { createOutcomeQueue } from '../adapters/queue/outcome-queue.ts';
import { openStoredJobs, type StoredJobs } from '../adapters/queue/stored-jobs.ts';
import type { OutcomeQueue } from '../approvals/trouble.ts';
import type { Base } from './base.ts';
import type { Storage } from './storage.ts';

export interface Outcomes {
  readonly outcomes: OutcomeQueue;
  readonly storedJobs: StoredJobs;
}

/** The jobs as those see them who ask how an outcome stands. */
export async function openOutcomes({ config, lifecycle }: Base, { redis }: Pick<Storage, 'redis'>): Promise<Outcomes> {
  const storedJobs = await lifecycle.open(
    'stored jobs',
    () => openStoredJobs(redis, config.REDIS_PREFIX),
    (jobs) => jobs.close(),
  );
  return { outcomes: createOutcomeQueue(storedJobs), storedJobs };
}
