import type { Audit, AuditEntry, Happened } from '../jobs/audit.ts';
import type { Approval, Vote } from './approval.ts';
import { auditIds } from './audit-ids.ts';

/**
 * Records each vote of an approval that the audit does not have yet. The votes are in the approval, so a vote whose
 * process died gets its entry later, at the latest before what the approval leads to.
 */
export async function recordVotes(audit: Pick<Audit, 'recordOnce'>, approval: Approval): Promise<void> {
  for (const [index, given] of approval.votes.entries()) {
    await audit.recordOnce(votedEntry(approval, given, stateAfter(approval, index)), happened(approval, given));
  }
}

/** Records once that nobody decided in time, if so. */
export async function recordExpiry(audit: Pick<Audit, 'recordOnce'>, approval: Approval): Promise<void> {
  const { id, state, expiresAt, decidedAt } = approval;
  if (state === 'expired') {
    const name = JSON.stringify(['expired', id]);
    await audit.recordOnce({ kind: 'expired', ...auditIds(approval) }, { name, at: decidedAt ?? expiresAt });
  }
}

/** Records once that the person took the request back, if so. */
export async function recordWithdrawal(audit: Pick<Audit, 'recordOnce'>, approval: Approval): Promise<void> {
  const { id, state, askedAt, decidedAt } = approval;
  if (state === 'withdrawn') {
    const name = JSON.stringify(['withdrawn', id]);
    const entry = { kind: 'withdrawn', ...auditIds(approval), by: 'the person', because: 'by link' } as const;
    await audit.recordOnce(entry, { name, at: decidedAt ?? askedAt });
  }
}

/** Records each hand-over that the audit does not have yet. */
export async function recordHandOvers(audit: Pick<Audit, 'recordOnce'>, approval: Approval): Promise<void> {
  const { id, approvers, handedOver = [] } = approval;
  for (const { from, to, at } of handedOver) {
    const name = JSON.stringify(['handed-over', id, from, to, at]);
    const [by = '', colleague = ''] = [approvers[from], approvers[to]];
    await audit.recordOnce({ kind: 'handed-over', ...auditIds(approval), by, to: colleague }, { name, at });
  }
}

function happened({ id }: Approval, { approver, at }: Vote): Happened {
  return { name: JSON.stringify(['voted', id, approver, at]), at };
}

/** What the votes up to that one led to. */
function stateAfter({ votes, need }: Approval, index: number): Approval['state'] {
  const counted = votes.slice(0, index + 1);
  if (counted.some(({ verdict }) => verdict === 'reject')) {
    return 'rejected';
  }
  return counted.length >= need ? 'approved' : 'waiting';
}

function votedEntry(
  approval: Approval,
  { approver, verdict, ip, userAgent, reason }: Vote,
  state: Approval['state'],
): AuditEntry {
  const how = `by link${ip === null ? '' : ` from ${ip}`}${userAgent === null ? '' : `, ${userAgent.slice(0, 120)}`}`;
  const because = reason === undefined ? how : `${how}; reason: ${JSON.stringify(reason)}`;
  return { kind: 'voted', ...auditIds(approval), by: approver, outcome: `${verdict}, ${state}`, because };
}
