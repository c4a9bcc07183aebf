import { outcomeJob } from '../../approvals/sweep.ts';
import { type OutcomeQueue, type OutcomeState, type Trouble, troubleIn } from '../../approvals/trouble.ts';
import type { OutcomeJob } from '../../jobs/outcome-job.ts';
import { codeIn } from './retry.ts';
import type { StoredJob, StoredJobs } from './stored-jobs.ts';

/** A look at more than this costs more than it tells. */
const mostLooked = 1_000;

/** The outcomes of approvals in their queue. Each method throws ServiceError REDIS_UNAVAILABLE. */
export function createOutcomeQueue(jobs: Pick<StoredJobs, 'find' | 'retry'>): OutcomeQueue {
  const idOf = ({ id, revision }: Parameters<OutcomeQueue['find']>[0]): string => outcomeJob(id, revision).id;
  return {
    async find(approval) {
      const job = await jobs.find('outcomes', idOf(approval));
      return job && stateOf(job);
    },
    async retry(approval) {
      const job = await jobs.find('outcomes', idOf(approval));
      return job !== null && (job.state === 'failed' || job.state === 'delayed') && jobs.retry(job);
    },
  };
}

/** The troubles of each outcome that has any, of the first thousand outcomes. */
export async function outcomesInTrouble(jobs: Pick<StoredJobs, 'read'>): Promise<readonly (readonly Trouble[])[]> {
  const found: (readonly Trouble[])[] = [];
  let looked = 0;
  for await (const job of jobs.read(['outcomes'], ['failed', 'delayed', 'active', 'waiting'])) {
    const trouble = troubleIn(stateOf(job));
    if (trouble.length > 0) {
      found.push(trouble);
    }
    if (++looked >= mostLooked) {
      break;
    }
  }
  return found;
}

function stateOf({ state, data, reason, attempts, addedAt, dueAt }: StoredJob): OutcomeState {
  const { setbacks = {} } = data as OutcomeJob;
  return {
    givenUp: state === 'failed',
    setbacks: Object.values(setbacks),
    code: codeIn(reason),
    attempts,
    queuedAt: addedAt,
    nextAt: dueAt,
  };
}
