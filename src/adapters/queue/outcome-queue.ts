import type { OutcomeQueue } from '../../approvals/trouble.ts';
import { outcomeJob } from '../../approvals/sweep.ts';
import type { OutcomeJob } from '../../jobs/outcome-job.ts';
import { codeIn } from './retry.ts';
import type { StoredJobs } from './stored-jobs.ts';

/** The outcomes of approvals in their queue. Each method throws ServiceError REDIS_UNAVAILABLE. */
export function createOutcomeQueue(jobs: Pick<StoredJobs, 'find' | 'retry'>): OutcomeQueue {
  const idOf = ({ id, revision }: Parameters<OutcomeQueue['find']>[0]): string => outcomeJob(id, revision).id;
  return {
    async find(approval) {
      const job = await jobs.find('outcomes', idOf(approval));
      if (job === null) {
        return null;
      }
      const { setbacks = {} } = job.data as OutcomeJob;
      return {
        givenUp: job.state === 'failed',
        setbacks: Object.values(setbacks),
        code: codeIn(job.reason),
        attempts: job.attempts,
        queuedAt: job.addedAt,
      };
    },
    async retry(approval) {
      const job = await jobs.find('outcomes', idOf(approval));
      return job?.state === 'failed' && jobs.retry(job);
    },
  };
}
