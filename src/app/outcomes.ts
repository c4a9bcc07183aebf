import { createOutcomeQueue, outcomesInTrouble } from '../adapters/queue/outcome-queue.ts';
import { openStoredJobs } from '../adapters/queue/stored-jobs.ts';
import { unsentMails } from '../adapters/queue/unsent-mails.ts';
import { createApprovalReader } from '../adapters/redis/approval-reader.ts';
import { retryOutcome } from '../approvals/retry.ts';
import { review } from '../approvals/review.ts';
import type { OutcomeQueue, Trouble } from '../approvals/trouble.ts';
import type { ReviewDeps } from '../http/review.ts';
import type { Base } from './base.ts';
import type { Storage } from './storage.ts';

export interface Outcomes {
  readonly queue: OutcomeQueue;
  /** The troubles of each outcome that has any. */
  readonly inTrouble: () => Promise<readonly (readonly Trouble[])[]>;
  readonly review: ReviewDeps;
}

/** More than this nobody reads on one page. */
const mostShown = 200;

/** The outcomes of approvals, for those who ask how they stand and those who want one tried again. */
export async function openOutcomes(
  { config, lifecycle }: Base,
  { redis, audit }: Pick<Storage, 'redis' | 'audit'>,
): Promise<Outcomes> {
  const jobs = await lifecycle.open(
    'stored jobs',
    () => openStoredJobs(redis, config.REDIS_PREFIX),
    (opened) => opened.close(),
  );
  const outcomes = createOutcomeQueue(jobs);
  const approvals = createApprovalReader(redis, config.REDIS_PREFIX);
  return {
    queue: outcomes,
    inTrouble: () => outcomesInTrouble(jobs),
    review: {
      review: () => review({ approvals, outcomes, unsent: () => unsentMails(jobs) }, mostShown),
      async retry(id) {
        const approval = await approvals.get(id);
        const wish = { by: 'the review page', because: 'somebody on the machine asked for it', early: true } as const;
        return approval !== null && retryOutcome({ outcomes, audit }, approval, wish);
      },
    },
  };
}
