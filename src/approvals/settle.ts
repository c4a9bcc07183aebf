import type { Audit } from '../jobs/audit.ts';
import { ServiceError } from '../platform/errors.ts';
import type { Approval, ApprovalStore } from './approval.ts';
import { auditIds } from './audit-ids.ts';
import { type Done, settle } from './transitions.ts';

export interface SettleDeps {
  readonly approvals: Pick<ApprovalStore, 'replace'>;
  readonly audit: Audit;
  /** Resolves when Kafka remembers the jobs that were queued so far. */
  readonly remembered: () => Promise<void>;
}

/** Marks an approval as settled: what follows its outcome is done. */
export async function settleApproval(
  { approvals, audit, remembered }: SettleDeps,
  approval: Approval,
  done: Done = {},
): Promise<void> {
  // Recorded before the approval changes: an attempt that finds it settled has nothing more to do, nor to record.
  await audit.record({ kind: 'settled', ...auditIds(approval), outcome: approval.state });
  // A settled approval queues nothing again: so its delayed steps and mails must be safe by then.
  await remembered();
  if (!(await approvals.replace(settle(approval, done)))) {
    throw new ServiceError('APPROVAL_CONFLICT', 'the approval changed while its outcome was executed', {
      approval: approval.id,
    });
  }
}
