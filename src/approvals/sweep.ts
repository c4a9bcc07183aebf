import type { Approval, ApprovalStore } from './approval.ts';
import { recordExpiry } from './record-decision.ts';
import { expire } from './transitions.ts';
import { type Directory, rememberingDirectory } from './find-approvers.ts';
import { takeTurn, type TurnDeps } from './turn.ts';
import { forEach } from '../platform/each.ts';
import type { NewJob } from '../jobs/payloads.ts';

export interface SweepDeps extends TurnDeps {
  readonly approvals: ApprovalStore & { republish(): Promise<number> };
  readonly directory: Directory;
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
 * Does what the passing of time asks for: approvals expire, approvers are asked and reminded, unsettled outcomes
 * are queued again. One approval that fails keeps no other from its turn. Its failure is reported at the end, and the next sweep
 * tries it again.
 */
export function createSweep(deps: SweepDeps): () => Promise<string> {
  const { approvals, jobs, audit, now } = deps;

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

  return async () => {
    let due = 0;
    const directory = rememberingDirectory(deps.directory);
    const parts = [
      () => approvals.republish(),
      async () => (due = await all(() => approvals.due(now(), graceMs, pageSize), endOrTakeUp)),
      () =>
        all(
          () => approvals.remindable(now(), pageSize),
          (id) => takeTurn(deps, directory, id),
        ),
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
