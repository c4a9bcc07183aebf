import type { UnsentMail } from '../../approvals/review.ts';
import type { MailJob } from '../../jobs/payloads.ts';
import { codeIn } from './retry.ts';
import type { StoredJobs } from './stored-jobs.ts';

/** A look at more than this costs more than it tells. */
const mostLooked = 1_000;

/** Mails about approvals that were given up. @throws ServiceError REDIS_UNAVAILABLE */
export async function unsentMails(jobs: Pick<StoredJobs, 'read'>): Promise<readonly UnsentMail[]> {
  const found: UnsentMail[] = [];
  let looked = 0;
  for await (const { id, data, reason, finishedAt, addedAt } of jobs.read(['mail'], ['failed'])) {
    const about = aboutOf(data as MailJob);
    if (about !== null) {
      found.push({ ...about, code: codeIn(reason) ?? 'UNKNOWN', at: finishedAt ?? addedAt, job: `mail/${id}` });
    }
    if (++looked >= mostLooked) {
      break;
    }
  }
  return found;
}

function aboutOf(data: MailJob): Pick<UnsentMail, 'approvalId' | 'to'> | null {
  switch (data.kind) {
    case 'approval-request':
      return { approvalId: data.approvalId, to: data.approver };
    case 'person':
      return data.follows === undefined ? null : { approvalId: data.follows, to: 'person' };
    default:
      return null;
  }
}
