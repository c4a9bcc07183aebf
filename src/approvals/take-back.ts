import type { UserFacts } from '../ingest/user.ts';
import type { Audit } from '../jobs/audit.ts';
import type { Jobs } from '../jobs/payloads.ts';
import { ServiceError } from '../platform/errors.ts';
import type { Approval, ApprovalStore, Vote } from './approval.ts';
import { askJob } from './ask-job.ts';
import { auditIds } from './audit-ids.ts';
import type { Shown } from './shown.ts';
import { isAddressOf, reopen, unheard } from './transitions.ts';

export interface TakeBackDeps {
  readonly approvals: Pick<ApprovalStore, 'replace'>;
  readonly shown: Shown;
  readonly jobs: Jobs;
  readonly audit: Audit;
  readonly now: () => number;
}

/**
 * Approvers let in a person, not an account. If user name, address or name differ from the page that an approver saw,
 * that vote is taken back and this approver is asked again. A rejection stays, whatever the person is called now.
 * @returns whether the approval waits again
 */
export async function takeVotesBack(deps: TakeBackDeps, approval: Approval, user: UserFacts): Promise<boolean> {
  const { approvals, audit, now, shown } = deps;
  const reopened = reopen(approval, (vote) => stillHolds(shown, approval, user, vote), now());
  if (reopened === null) {
    return false;
  }
  // Recorded before the approval changes: an attempt that finds it changed has nothing more to record.
  const because = 'user name, address or name are not as approvers saw them; nothing was granted, they are asked again';
  await audit.record({ kind: 'reopened', ...auditIds(approval), because });
  if (!(await approvals.replace(reopened))) {
    throw new ServiceError('APPROVAL_CONFLICT', 'the approval changed while it was looked at', {
      approval: approval.id,
    });
  }
  await askAgain(deps.jobs, reopened);
  return true;
}

/**
 * Asks each approver whose vote is missing. The mail's id makes it one mail for each time that votes were taken back.
 */
export async function askAgain(jobs: Jobs, approval: Approval): Promise<void> {
  const { id, reopenedAt = 0 } = approval;
  await jobs.add(
    'mail',
    unheard(approval).map((approver) => askJob(id, approver, `again-${reopenedAt}`)),
  );
}

function stillHolds(shown: Shown, approval: Approval, user: UserFacts, vote: Vote): boolean {
  return (
    !isAddressOf(vote.approver, user) && (vote.shown === undefined || shown.isSamePerson(vote.shown, approval, user))
  );
}
