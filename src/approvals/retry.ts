import type { Audit } from '../jobs/audit.ts';
import { ServiceError } from '../platform/errors.ts';
import type { Approval, ApprovalStore } from './approval.ts';
import { auditIds } from './audit-ids.ts';
import type { Links } from './links.ts';
import { isUnderWay, type OutcomeQueue } from './trouble.ts';

export interface RetryDeps {
  readonly outcomes: OutcomeQueue;
  readonly audit: Pick<Audit, 'record'>;
}

interface Wish {
  /** Who asks for it, and why, for the audit. */
  readonly by: string;
  readonly because: string;
  /** Also if it is not given up, and waits for its next attempt. */
  readonly early?: true;
}

/**
 * Has an outcome that was given up tried again. It decides nothing anew: what is done stays done, and the rest is tried.
 * @returns `false`: it was not given up, so there was nothing to do
 */
export async function retryOutcome(
  { outcomes, audit }: RetryDeps,
  approval: Approval,
  { by, because, early }: Wish,
): Promise<boolean> {
  const state = isUnderWay(approval) ? await outcomes.find(approval) : null;
  if (state === null || !(state.givenUp || (early && state.nextAt !== null))) {
    return false;
  }
  // Recorded before: so it is in the audit also if this process dies in between.
  const entry = { ...auditIds(approval), outcome: `outcomes: ${approval.state}`, because, by };
  await audit.record({ kind: 'retried', ...entry });
  const done = await outcomes.retry(approval);
  if (!done) {
    await audit.record({ ...entry, kind: 'skipped', because: 'somebody else had it tried again already' });
  }
  return done;
}

/** An approver has the outcome tried again, with the nonce of the page that says it was given up. */
export type RetryByLink = (token: string, nonce: string) => Promise<Approval>;

export interface RetryByLinkDeps extends RetryDeps {
  readonly approvals: Pick<ApprovalStore, 'see'>;
  readonly links: Links;
}

/** @throws ServiceError LINK_INVALID, FORM_INVALID */
export function createRetryByLink(deps: RetryByLinkDeps): RetryByLink {
  const { approvals, links } = deps;
  return async (token, nonce) => {
    const seen = await approvals.see(links.claimOf(token).approvalId);
    if (seen === null) {
      throw new ServiceError('LINK_INVALID', 'this link is not valid');
    }
    const { approval } = seen;
    const { approver } = links.verify(token, approval);
    // The page of a decided approval shows nothing of the person, so its nonce covers an empty digest.
    if (!links.isNonce(nonce, token, '')) {
      throw new ServiceError('FORM_INVALID', 'this does not come from the page', { approval: approval.id });
    }
    const by = approval.approvers[approver] ?? '';
    await retryOutcome(deps, approval, { by, because: 'an approver asked for it, on the page' });
    return approval;
  };
}
