import type { Approval, ApprovalStore } from '../src/approvals/approval.ts';
import { auditIds } from '../src/approvals/audit-ids.ts';
import { settleApproval, type SettleDeps } from '../src/approvals/settle.ts';
import { recordExpiry, recordVotes, recordWithdrawal } from '../src/approvals/record-decision.ts';
import { askAgain, type TakeBackDeps, takeVotesBack } from '../src/approvals/take-back.ts';
import { tellOthers } from '../src/approvals/tell-others.ts';
import { OutcomeProgress } from '../src/execute/outcome-progress.ts';
import { runOutcome, type RunOutcomeDeps } from '../src/execute/run-outcome.ts';
import { readForGood } from '../src/ingest/presence.ts';
import type { UserRef } from '../src/ingest/registration.ts';
import type { UserFacts } from '../src/ingest/user.ts';
import type { Handler, Job, UserLock } from '../src/jobs/payloads.ts';
import { isServiceError, ServiceError } from '../src/platform/errors.ts';

export interface OutcomesDeps extends RunOutcomeDeps, TakeBackDeps, Pick<SettleDeps, 'remembered'> {
  readonly approvals: ApprovalStore;
  readonly users: { read(who: UserRef): Promise<UserFacts | null> };
  readonly lock: UserLock;
}

/** Executes the outcome of one approval. */
export function createOutcomes(deps: OutcomesDeps): Handler<'outcomes'> {
  const { approvals, lock } = deps;
  return async (job) => {
    const asked = await approvals.get(job.data.approvalId);
    if (asked !== null && asked.revision < job.data.revision) {
      // Redis lost the outcome that this job was queued for, and gets it from Kafka in a moment. If this job ended now,
      // its id would be taken, and nothing could settle the approval.
      throw new ServiceError('APPROVAL_CONFLICT', 'the approval is not decided yet', { approval: asked.id });
    }
    if (asked === null || asked.settled) {
      return 'nothing-to-do';
    }
    return lock.hold(asked, job.id, async () => {
      const approval = await approvals.get(asked.id);
      return approval === null || approval.settled ? 'nothing-to-do' : attempt(deps, approval, job);
    });
  };
}

/** One attempt. What it failed at is in the job, for those who ask. */
async function attempt(deps: OutcomesDeps, approval: Approval, job: Job<'outcomes'>): Promise<string> {
  const progress = new OutcomeProgress(job, deps.now);
  try {
    return await execute(deps, approval, progress);
  } catch (error) {
    await progress.brokeOff(error).catch(() => undefined); // Redis is away: the next attempt notes what it meets
    throw error;
  }
}

async function execute(deps: OutcomesDeps, approval: Approval, progress: OutcomeProgress): Promise<string> {
  if (approval.state === 'waiting') {
    // An earlier attempt took votes back, and may have died before it queued the mails.
    await askAgain(deps.jobs, approval);
    return 'reopened';
  }
  // Also what an earlier process did not come to record.
  await recordVotes(deps.audit, approval);
  await recordExpiry(deps.audit, approval);
  await recordWithdrawal(deps.audit, approval);
  const user = await readForGood(deps.users, approval, approval.registeredAt, deps.now());
  if (user === null) {
    return endWithoutUser(deps, approval);
  }
  if (!progress.begun && (await takeVotesBack(deps, approval, user))) {
    return 'reopened';
  }
  await tellOthers(deps.jobs, approval);
  try {
    const done = await runOutcome(deps, approval, user, progress);
    await settleApproval(deps, approval, done);
    return approval.state;
  } catch (error) {
    if (isServiceError(error, 'USER_GONE')) {
      return endWithoutUser(deps, approval);
    }
    throw error;
  }
}

async function endWithoutUser(deps: OutcomesDeps, approval: Approval): Promise<string> {
  await deps.audit.record({ kind: 'skipped', ...auditIds(approval), because: 'the user is gone' });
  await settleApproval(deps, approval);
  return 'user-gone';
}
