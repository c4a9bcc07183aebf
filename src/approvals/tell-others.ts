import type { UserRef } from '../ingest/registration.ts';
import type { UserFacts } from '../ingest/user.ts';
import type { Jobs, NewJob } from '../jobs/payloads.ts';
import type { DecidedJob } from '../jobs/questions.ts';
import type { Approval, ApprovalStore } from './approval.ts';
import { isChat } from './chat-approver.ts';
import { unheard } from './transitions.ts';

/** What an approver who was asked and has not voted is told. */
export interface Decided {
  readonly approval: Approval & { readonly state: 'approved' | 'rejected' };
  /** `null`: the account is gone, as after a rejection. */
  readonly user: UserFacts | null;
  readonly approver: number;
  readonly to: string;
}

/**
 * Tells approvers that others have decided, if the rule wants that. Each has one job, whose id makes it one message
 * however often this is repeated. Nobody is told of what was never asked, or of an account that is gone.
 */
export async function tellOthers(jobs: Jobs, approval: Approval): Promise<void> {
  const told = toTell(approval).map((approver) => ({
    chat: isChat(approval.approvers[approver] ?? ''),
    job: {
      id: `decided-${approval.id}-${approver}`,
      data: { kind: 'decided', approvalId: approval.id, approver },
    } satisfies NewJob<'chat'>,
  }));
  const jobsOf = (chat: boolean) => told.filter((one) => one.chat === chat).map(({ job }) => job);
  await jobs.add('mail', jobsOf(false));
  await jobs.add('chat', jobsOf(true));
}

function toTell(approval: Approval): readonly number[] {
  const { tellOthers, waitFor, retired = [] } = approval;
  return tellOthers === true && waitFor === null && isDecided(approval)
    ? unheard(approval).filter((approver) => !retired.includes(approver))
    : [];
}

function isDecided(approval: Approval): approval is Decided['approval'] {
  return approval.state === 'approved' || approval.state === 'rejected';
}

interface DecidedDeps {
  readonly approvals: Pick<ApprovalStore, 'get'>;
  readonly users: { read(who: UserRef): Promise<UserFacts | null> };
}

/** What is told as it stands now; a word says why nothing is told any more. */
export async function decidedAs(
  { approvals, users }: DecidedDeps,
  { approvalId, approver }: DecidedJob,
): Promise<Decided | string> {
  const approval = await approvals.get(approvalId);
  const to = approval?.approvers[approver];
  if (approval === null || to === undefined || !isDecided(approval) || !toTell(approval).includes(approver)) {
    return 'no-longer-told';
  }
  return { approval, user: await users.read(approval), approver, to };
}
