import { readForGood } from '../ingest/presence.ts';
import type { UserRef } from '../ingest/registration.ts';
import type { UserFacts } from '../ingest/user.ts';
import type { Audit, AuditEntry } from '../jobs/audit.ts';
import type { Job, MailJob } from '../jobs/payloads.ts';
import type { Asked, AskedAs } from '../jobs/questions.ts';
import { ServiceError } from '../platform/errors.ts';
import type { Approval, ApprovalStore } from './approval.ts';
import { auditIds } from './audit-ids.ts';
import { isAddressOf, unheard } from './transitions.ts';

export interface Question {
  readonly approval: Approval;
  readonly user: UserFacts;
  /** The approver's number and mail address. */
  readonly approver: number;
  readonly to: string;
  readonly reminder: boolean;
  readonly asking: AskedAs;
  /** Mail address of the approver who handed the question over to this one. */
  readonly from?: string;
  /** Names this mail: another mail to the same approver has another name. */
  readonly key: string;
}

export interface AskApproverDeps {
  readonly approvals: Pick<ApprovalStore, 'get'>;
  readonly users: { read(who: UserRef): Promise<UserFacts | null> };
  readonly audit: Audit;
  readonly now: () => number;
}

export type AskJob = Extract<MailJob, { kind: 'approval-request' }>;

/**
 * Asks one approver, if the question is still open.
 * @param send sends the mail
 * @throws ServiceError ADDRESS_UNVERIFIED when the rule waits for an address that is not verified any more
 */
export async function askApprover(
  deps: AskApproverDeps,
  job: Pick<Job<'mail'>, 'id' | 'save'>,
  data: AskJob,
  send: (question: Question) => Promise<void>,
): Promise<string> {
  if (data.sent === undefined) {
    const question = await openQuestion(deps, { ...data, id: job.id });
    if (typeof question === 'string') {
      return question;
    }
    await send(question);
    await job.save({ ...data, sent: true }); // what is left is tried again without a second mail
  }
  const approval = await deps.approvals.get(data.approvalId);
  const to = approval?.approvers[data.approver];
  if (approval === null || to === undefined) {
    return 'no-longer-asked';
  }
  await deps.audit.record(askedEntry(approval, to, data.reminder));
  return 'sent';
}

/**
 * The question as it stands now; a word says why there is none any more.
 * @throws ServiceError ADDRESS_UNVERIFIED when the rule waits for an address that is not verified any more
 */
export async function openQuestion(
  { approvals, users, now }: AskApproverDeps,
  { id, approvalId, approver, reminder, asking = reminder ? 'remind' : 'ask' }: Asked,
): Promise<Question | string> {
  const approval = await approvals.get(approvalId);
  const to = approval?.approvers[approver];
  if (approval === null || to === undefined) {
    return 'no-longer-asked';
  }
  if (approval.state !== 'waiting' || !unheard(approval).includes(approver)) {
    return 'no-longer-asked';
  }
  const user = await readForGood(users, approval, approval.registeredAt, now());
  if (user === null) {
    return 'user-gone';
  }
  if (isAddressOf(to, user)) {
    return 'own-registration'; // since then, the person has taken the approver's address
  }
  if (approval.waitFor === 'email-verified' && !user.emailVerified) {
    // The mail was queued when the address was verified, or when the rule stopped waiting. If the rule stopped
    // waiting, the approval will say so in a moment.
    throw new ServiceError('ADDRESS_UNVERIFIED', 'the address is not verified any more', { approval: approvalId });
  }
  const from = asking === 'handed-over' ? giverTo(approval, approver) : {};
  return { approval, user, approver, to, reminder, asking, ...from, key: id };
}

/** What the audit has of a question that was sent. */
export function askedEntry(approval: Approval, to: string, reminder: boolean): AuditEntry {
  return { kind: reminder ? 'reminded' : 'asked', ...auditIds(approval), to };
}

/** Who handed the question over to that approver last. */
function giverTo({ approvers, handedOver = [] }: Approval, approver: number): { from?: string } {
  const given = handedOver.findLast(({ to }) => to === approver);
  const from = given === undefined ? undefined : approvers[given.from];
  return from === undefined ? {} : { from };
}
