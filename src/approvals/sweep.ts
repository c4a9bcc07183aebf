import type { Approval, ApprovalStore } from './approval.ts';
import { recordExpiry } from './record-decision.ts';
import { expire, reminded, unheard } from './transitions.ts';
import type { Audit } from '../jobs/audit.ts';
import { askJob } from './ask-job.ts';
import { forEach } from '../platform/each.ts';
import type { Jobs, NewJob } from '../jobs/payloads.ts';

export interface SweepDeps {
  readonly approvals: ApprovalStore & { republish(): Promise<number> };
  readonly jobs: Jobs;
  readonly audit: Audit;
  readonly now: () => number;
}

/** An outcome that is unsettled for this long is queued again. */
const graceMs = 30_000;
const pageSize = 500;
/** Each is a few calls to Redis and Kafka; more at once than this made a sweep no faster. */
const atOnce = 64;

/** The job that settles an approval; one for each revision. */
export function outcomeJob(approvalId: string, revision: number): NewJob<'outcomes'> {
  return { id: `settle-${approvalId}-${revision}`, data: { approvalId, revision } };
}

/**
 * Does what the passing of time asks for: approvals expire, approvers are reminded, unsettled outcomes are queued
 * again. One approval that fails keeps no other from its turn. Its failure is reported at the end, and the next sweep
 * tries it again.
 */
export function createSweep({ approvals, jobs, audit, now }: SweepDeps): () => Promise<string> {
  async function endOrTakeUp(id: string): Promise<void> {
    const approval = await approvals.get(id);
    if (approval === null || approval.settled) {
      return;
    }
    if (approval.state !== 'waiting') {
      await jobs.add('outcomes', [outcomeJob(id, approval.revision)]);
    } else if (approval.expiresAt <= now()) {
      await end(approval);
    }
  }

  async function end(approval: Approval): Promise<void> {
    const expired = expire(approval, now());
    // `false`: a vote came first, and that vote counts.
    if (await approvals.replace(expired)) {
      await jobs.add('outcomes', [outcomeJob(approval.id, expired.revision)]);
      await recordExpiry(audit, expired);
    }
  }

  /** The mails are queued before the approval notes it. Each mail has an id, so queueing it twice sends it once. */
  async function remind(id: string): Promise<void> {
    const approval = await approvals.get(id);
    if (approval?.state !== 'waiting' || approval.waitFor !== null || approval.expiresAt <= now()) {
      return;
    }
    if (approval.remindAt !== null && approval.remindAt <= now()) {
      await jobs.add(
        'mail',
        unheard(approval).map((approver) => askJob(id, approver, 'remind')),
      );
      await approvals.replace(reminded(approval));
    }
  }

  return async () => {
    let due = 0;
    const parts = [
      () => approvals.republish(),
      async () => (due = await all(() => approvals.due(now(), graceMs, pageSize), endOrTakeUp)),
      () => all(() => approvals.remindable(now(), pageSize), remind),
    ];
    await forEach(parts, 1, (part) => part());
    return `${due} due`;
  };
}

/** Page by page until nothing new comes. */
async function all(
  find: () => Promise<readonly string[]>,
  work: (id: string) => Promise<void>,
  tried: Set<string> = new Set(),
): Promise<number> {
  const fresh = (await find()).filter((id) => !tried.has(id));
  if (fresh.length === 0) {
    return tried.size;
  }
  fresh.forEach((id) => tried.add(id));
  await forEach(fresh, atOnce, work);
  return all(find, work, tried);
}
