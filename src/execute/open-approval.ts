import type { Approval, ApprovalStore } from '../approvals/approval.ts';
import type { AdminEvents } from '../approvals/stays-disabled.ts';
import { askJob } from '../approvals/ask-job.ts';
import { asksToVerify } from '../approvals/confirmed-mail.ts';
import { approvalId, ask } from '../approvals/open.ts';
import { type Directory, findApprovers } from '../approvals/find-approvers.ts';
import type { Jobs, Lockouts } from '../jobs/payloads.ts';
import { isServiceError, ServiceError } from '../platform/errors.ts';
import type { ApprovalRequest } from '../rules/model.ts';
import type { Accounts, Change, StepContext } from '../rules/steps/effects.ts';
import { gateAction } from '../rules/steps/gate.ts';
import { isNew } from './age-guard.ts';
import { personMails } from './effect-jobs.ts';
import { orUnseen } from './enabled-since.ts';

export interface OpenApprovalDeps {
  readonly accounts: Accounts;
  readonly adminEvents: Pick<AdminEvents, 'switched'>;
  readonly approvals: Pick<ApprovalStore, 'get' | 'open'>;
  readonly jobs: Jobs;
  readonly lockouts: Pick<Lockouts, 'claimed'>;
  readonly directory: Directory;
  readonly now: () => number;
}

/** Holds the person, opens the approval, and queues the mails to approvers and person. */
export async function openApproval(
  deps: OpenApprovalDeps,
  context: StepContext,
  request: ApprovalRequest,
): Promise<Change> {
  const { accounts, approvals, jobs } = deps;
  const known = await approvals.get(approvalId(context)).catch(async (error: unknown) => {
    if (request.hold === 'account' && isServiceError(error, 'REDIS_UNAVAILABLE')) {
      await holdUnknowing(deps, context);
    }
    throw error;
  });
  if (known !== null && known.state !== 'waiting') {
    // An earlier attempt opened it, and the approvers have decided since. To hold the person again would lock out a
    // person who was let in.
    return 'unchanged';
  }
  await hold(accounts, context, request);
  const approval = known ?? (await open(deps, context, request));
  if (request.hold === 'gate') {
    await accounts.apply(context.registration, { kind: 'set-gate-state', state: 'waiting', until: approval.expiresAt });
  }
  // Queued also if it was open already: the attempt that opened it may have died before this line.
  const { id, waitFor, realm, userId } = approval;
  const asking = waitFor === null ? approval.approvers.map((_, approver) => askJob(id, approver)) : [];
  const waiting = {
    approval: id,
    ...(request.usuallyWithin === undefined ? {} : { usuallyWithin: request.usuallyWithin }),
  };
  await jobs.add('mail', [...asking, ...personMails(context, waitingMessage(context, request), waiting)]);
  if (waitFor !== null) {
    // A user from an identity provider may be verified already, and no event will say so.
    await jobs.add('deadlines', [{ id: `look-${id}`, data: { kind: 'email-verified', realm, userId } }]);
  }
  return known === null ? 'changed' : 'unchanged';
}

async function hold(accounts: Accounts, { registration }: StepContext, { hold }: ApprovalRequest): Promise<void> {
  if (hold === 'account') {
    await accounts.apply(registration, { kind: 'disable' });
  } else if (hold === 'gate') {
    await accounts.apply(registration, { kind: 'add-required-action', action: gateAction });
    // Also if the action was there. The provider's gate leaves no session to end. But an earlier attempt of ours, whose
    // answer was lost, does.
    await accounts.apply(registration, { kind: 'log-out' });
  }
}

/**
 * Redis was emptied, and may have lost an approval of this person. An account that is new is disabled all the same, so that
 * its door is not open until Kafka was read again. If anybody disabled or enabled it before, somebody may have decided since.
 */
async function holdUnknowing({ accounts, adminEvents, now }: OpenApprovalDeps, context: StepContext): Promise<void> {
  const { registration } = context;
  const decided = () => orUnseen(adminEvents.switched(registration, registration.time), false);
  if (isNew(registration, now()) && !(await decided())) {
    await accounts.apply(registration, { kind: 'disable' });
  }
}

async function open(deps: OpenApprovalDeps, context: StepContext, request: ApprovalRequest): Promise<Approval> {
  const { approvals, directory, lockouts, now } = deps;
  const { registration, person } = context;
  const { realm, userId, email } = registration;
  const addresses = [email, person?.address ?? null];
  const approvers = await findApprovers(directory, request.approvers, { realm, userId, addresses });
  if (approvers.length === 0) {
    const { file, line, rule } = context.rule;
    throw new ServiceError(
      'NOBODY_TO_ASK',
      'nobody but the person who registered could be asked, or no approver has a mail address',
      { file, line, rule },
    );
  }
  const disabledHere = await lockouts.claimed(registration);
  const approval = ask({ context, request, approvers, disabledHere, now: now() });
  await approvals.open(approval);
  return approval;
}

/** Which message tells the person to wait. */
function waitingMessage(context: StepContext, { hold }: ApprovalRequest): string {
  if (asksToVerify(context, hold)) {
    return 'verify';
  }
  return hold === 'none' ? 'pending-open' : 'pending';
}
