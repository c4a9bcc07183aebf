import type { Queue } from 'bullmq';

/**
 * Runs a job at once that failed and waits for its next attempt. One that is delayed and never failed is a delayed step,
 * whose time has not come.
 * @returns `busy` while an attempt is under way
 */
export async function wakeJob(queue: Queue, id: string): Promise<'woken' | 'busy' | 'not-waiting'> {
  const job = await queue.getJob(id);
  const state = await job?.getState();
  if (job === undefined || state !== 'delayed' || job.attemptsMade === 0) {
    return state === 'active' ? 'busy' : 'not-waiting';
  }
  return job.promote().then(
    () => 'woken',
    () => 'busy', // it began by itself meanwhile
  );
}
