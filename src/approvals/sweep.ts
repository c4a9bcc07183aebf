import type { Approval, ApprovalStore } from './approval.ts';
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

/** How long an outcome may stay unsettled before a sweep queues it again. */
const graceMs = 30_000;
const pageSize = 500;
/** Each is a few calls to Redis and Kafka; more at once than this made a sweep no faster. */
const atOnce = 64;

/** Job that makes the decisions worker settle an approval; one for each revision. */
export function outcomeJob(approvalId: string, revision: number): NewJob<'outcomes'> {
  return { id: `settle-${approvalId}-${revision}`, data: { approvalId, revision } };
}

/**
 * What becomes of approvals because time passed: they expire, approvers are reminded, outcomes that nobody settled are
 * taken up. Each approval on its own: what fails is told at the end, and has its next turn with the next sweep.
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
    const { id, realm, clientId, userId, eventId, rule, version } = approval;
    const expired = expire(approval, now());
    // Lost against a vote that came first: then that vote stands.
    if (await approvals.replace(expired)) {
      await jobs.add('outcomes', [outcomeJob(id, expired.revision)]);
      await audit.record({ kind: 'expired', realm, clientId, userId, eventId, rule, version, approval: id });
    }
  }

  /** The mails are queued before that is noted: their ids make them one mail each, however often they are queued. */
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
