import type { Logger } from 'pino';

import type { UserRef } from '../ingest/registration.ts';
import type { UserFacts } from '../ingest/user.ts';
import type { Audit } from '../jobs/audit.ts';
import type { Jobs } from '../jobs/payloads.ts';
import { isServiceError } from '../platform/errors.ts';
import type { ApproverRef } from '../rules/model.ts';
import type { Approval, ApprovalStore } from './approval.ts';
import { askJob } from './ask-job.ts';
import { auditIds } from './audit-ids.ts';
import { type Directory, findApprovers } from './find-approvers.ts';
import { recordHandOvers } from './record-decision.ts';
import { unheard } from './transitions.ts';
import { type Approver, asked, escalated, escalateLater, lookedUp } from './who-is-asked.ts';

export interface TurnDeps {
  readonly approvals: Pick<ApprovalStore, 'get' | 'replace'>;
  readonly users: { read(who: UserRef): Promise<UserFacts | null> };
  readonly jobs: Jobs;
  readonly audit: Audit;
  readonly log: Pick<Logger, 'warn'>;
  readonly now: () => number;
}

/** After so long, the people to escalate to are looked for again, if what the rule names is not in Keycloak. */
const lookAgainMs = 600_000;

/**
 * What the passing of time asks for while an approval waits: more people are asked, approvers are looked up again and
 * reminded, and those who came in get their first mail. The approval changes before mails to new approvers are queued,
 * and keeps who is to get one until then. So it is safe to break off anywhere, and each mail's id makes it one mail.
 */
export async function takeTurn(deps: TurnDeps, directory: Directory, id: string): Promise<void> {
  const { approvals, jobs, audit, now } = deps;
  const approval = await approvals.get(id);
  if (approval?.state !== 'waiting' || approval.waitFor !== null || approval.expiresAt <= now()) {
    return;
  }
  const { remindAt } = approval;
  const reminds = remindAt !== null && remindAt <= now();
  const more = await escalate(deps, directory, approval);
  const current = more !== null && reminds ? await lookUp(deps, directory, more) : more;
  if (current === null) {
    return; // somebody else changed it meanwhile: the next sweep goes on from there
  }
  const { toAsk = [] } = current;
  if (!reminds && toAsk.length === 0) {
    return;
  }
  await recordHandOvers(audit, current);
  const first = toAsk.map(({ approver, asking }) => askJob(id, approver, asking));
  const again = reminds
    ? unheard(current)
        .filter((number) => !toAsk.some(({ approver }) => approver === number))
        .map((number) => askJob(id, number, `remind-${remindAt}`))
    : [];
  await jobs.add('mail', [...first, ...again]);
  await approvals.replace(asked(current, now()));
}

/** @returns the approval as it is then; `null`: it changed meanwhile */
async function escalate(deps: TurnDeps, directory: Directory, approval: Approval): Promise<Approval | null> {
  const { escalate, id } = approval;
  const now = deps.now();
  if (escalate === undefined || escalate.at > now) {
    return approval;
  }
  const found = await look(deps, directory, approval, escalate.to);
  const next = found === null ? escalateLater(approval, now + lookAgainMs) : escalated(approval, found);
  const more = (next.toAsk?.length ?? 0) - (approval.toAsk?.length ?? 0);
  if (found !== null) {
    // Recorded before the approval changes: an attempt that finds it changed has nothing more to record.
    await deps.audit.recordOnce(
      { kind: 'escalated', ...auditIds(approval), outcome: `${more} more asked` },
      { name: JSON.stringify(['escalated', id]), at: now },
    );
  }
  return (await deps.approvals.replace(next)) ? next : null;
}

/** @returns the approval as it is then; `null`: it changed meanwhile */
async function lookUp(deps: TurnDeps, directory: Directory, approval: Approval): Promise<Approval | null> {
  const { asks, handedOver = [], delegate, approvers } = approval;
  const found = asks === undefined ? null : await look(deps, directory, approval, asks);
  if (found === null) {
    return approval;
  }
  const group = handedOver.length === 0 || delegate === undefined ? [] : [{ group: delegate }];
  const colleagues = await look(deps, directory, approval, group);
  const byHand = handedOver.flatMap(({ to }) => approvers[to] ?? []);
  const stays = colleagues === null ? byHand : colleagues.map(({ address }) => address);
  const changed = lookedUp(
    approval,
    found,
    stays.filter((address) => byHand.includes(address)),
  );
  if (changed === null) {
    return approval;
  }
  for (const to of changed.retired) {
    const entry = {
      kind: 'retired',
      ...auditIds(approval),
      to,
      because: 'not an approver by Keycloak any more',
    } as const;
    await deps.audit.recordOnce(entry, {
      name: JSON.stringify(['retired', approval.id, to, approval.remindAt]),
      at: deps.now(),
    });
  }
  return (await deps.approvals.replace(changed.next)) ? changed.next : null;
}

/** @returns whom the rule names by Keycloak now; `null`: it cannot be known, and an operator has something to repair */
async function look(
  { users, log }: TurnDeps,
  directory: Directory,
  approval: Approval,
  refs: readonly ApproverRef[],
): Promise<readonly Approver[] | null> {
  const { realm, userId, id, rule } = approval;
  try {
    const user = await users.read(approval);
    return await findApprovers(directory, refs, { realm, userId, addresses: [user?.email ?? null] });
  } catch (error) {
    if (isServiceError(error) && notThere.has(error.code)) {
      log.warn({ approval: id, rule, code: error.code, because: error.message }, 'approvers cannot be looked up again');
      return null;
    }
    throw error;
  }
}

const notThere: ReadonlySet<string> = new Set(['GROUP_MISSING', 'ROLE_MISSING', 'KEYCLOAK_FORBIDDEN']);
