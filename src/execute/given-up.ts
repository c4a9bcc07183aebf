import type { Approval } from '../approvals/approval.ts';
import { type AuditEntry, idsOf } from '../jobs/audit.ts';
import type { JobData, QueueName } from '../jobs/payloads.ts';
import { concernedBy, type Concerned, ruled } from '../jobs/queues.ts';
import { isServiceError } from '../platform/errors.ts';

/** A job that is given up, with the queue it is in. */
export type GivenUp = { [Name in QueueName]: { readonly queue: Name; readonly data: JobData[Name] } }[QueueName];

/**
 * The audit entry of a job that was given up; `null` if the job is about no single registration: only the log has it
 * then. The entry does not quote the error, whose words may be another system's.
 */
export async function failedEntry(
  { queue, data }: GivenUp,
  error: unknown,
  approvalOf: (id: string) => Promise<Approval | null>,
): Promise<AuditEntry | null> {
  const found = concernedBy(queue, data);
  const concerned =
    found !== null && 'approvalId' in found ? ofApproval(await approvalOf(found.approvalId), found.approver) : found;
  const outcome = isServiceError(error) ? error.code : 'UNKNOWN';
  return concerned && { kind: 'failed', ...concerned, outcome, because: `a job of the queue ${queue} was given up` };
}

function ofApproval(approval: Approval | null, approver: number | undefined): Concerned | null {
  const to = approver === undefined ? undefined : approval?.approvers[approver];
  return (
    approval && { ...idsOf(approval), ...ruled(approval), approval: approval.id, ...(to === undefined ? {} : { to }) }
  );
}
