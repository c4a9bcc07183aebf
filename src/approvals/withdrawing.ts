import type { UserRef } from '../ingest/registration.ts';
import type { UserFacts } from '../ingest/user.ts';
import type { Audit } from '../jobs/audit.ts';
import { isServiceError, ServiceError } from '../platform/errors.ts';
import type { RuleBook } from '../rules/model.ts';
import type { Approval, ApprovalStore, Seen } from './approval.ts';
import { recordWithdrawal } from './record-decision.ts';
import { zoneOfClient } from './time-zone.ts';
import { withdraw } from './transitions.ts';
import type { WithdrawalLinks } from './withdrawal-link.ts';

/** What became of the account of a person who withdrew; `unknown`: it is not done yet, or Keycloak does not answer. */
export type AccountAfter = 'deleted' | 'kept' | 'unknown';

export interface WithdrawalView {
  readonly approval: Approval;
  /** Whether Kafka has the approval as it is. */
  readonly recorded: boolean;
  /** Whether the time is up: nothing that still waits can be withdrawn then, for it is about to expire. */
  readonly over: boolean;
  readonly account: AccountAfter;
  /** Time zone of the readers of the client's rule file. */
  readonly zone: string;
  readonly nonce: string;
}

export interface Withdrawing {
  /** Changes nothing. @throws ServiceError LINK_INVALID, …_UNAVAILABLE */
  view(token: string): Promise<WithdrawalView>;
  /**
   * Ends the approval if it still waits. Pressed again, it changes nothing.
   * @returns the approval as it is now: something else may have come first
   * @throws ServiceError FORM_INVALID when it does not come from the page
   */
  withdraw(token: string, nonce: string): Promise<Approval>;
}

export interface WithdrawingDeps {
  readonly approvals: Pick<ApprovalStore, 'see' | 'replace'>;
  readonly links: WithdrawalLinks;
  readonly users: { read(who: UserRef): Promise<UserFacts | null> };
  readonly rules: () => RuleBook;
  readonly audit: Audit;
  /** Queues what follows an outcome; queuing twice does no harm. */
  readonly onDecided: (approval: Approval) => Promise<void>;
  readonly now: () => number;
}

/** Where a person who registered takes the request back. */
export function createWithdrawing(deps: WithdrawingDeps): Withdrawing {
  const { approvals, links, rules, audit, onDecided, now } = deps;

  async function open(token: string): Promise<Seen & Pick<WithdrawalView, 'over'>> {
    const seen = await approvals.see(links.approvalIdOf(token));
    if (seen === null) {
      throw new ServiceError('LINK_INVALID', 'this link is not valid');
    }
    return { ...seen, over: links.verify(token, seen.approval) <= now() || seen.approval.expiresAt <= now() };
  }

  return {
    async view(token) {
      const { approval, recorded, over } = await open(token);
      const account = await accountAfter(deps, approval);
      const zone = zoneOfClient(rules(), approval) ?? 'UTC';
      return { approval, recorded, over, account, zone, nonce: links.nonceFor(token) };
    },
    async withdraw(token, nonce) {
      const seen = await open(token);
      if (!links.isNonce(nonce, token)) {
        throw new ServiceError('FORM_INVALID', 'this does not come from the page', { approval: seen.approval.id });
      }
      const { approval, recorded } = seen.over ? seen : await end(deps, seen);
      // Also for a press that came late: the process of the first one may have died before this line.
      if (recorded && approval.state === 'withdrawn' && !approval.settled) {
        await recordWithdrawal(audit, approval);
        await onDecided(approval);
      }
      return approval;
    },
  };
}

/** The store takes one of several changes that race: a vote or the withdrawal. */
async function end({ approvals, now }: WithdrawingDeps, seen: Seen): Promise<Seen> {
  const { id } = seen.approval;
  for (let current: Seen | null = seen; current !== null; current = await approvals.see(id)) {
    if (current.approval.state !== 'waiting' || current.approval.expiresAt <= now()) {
      return current;
    }
    const next = withdraw(current.approval, now());
    try {
      if (await approvals.replace(next)) {
        return { approval: next, recorded: true };
      }
    } catch (error) {
      // Redis takes it before Kafka does. If it is there, it is not lost: it is recorded when Kafka answers again.
      const after = isServiceError(error, 'KAFKA_UNAVAILABLE') ? await approvals.see(id) : null;
      if (after?.approval.state !== 'withdrawn') {
        throw error;
      }
      return after;
    }
  }
  throw new ServiceError('LINK_INVALID', 'this link is not valid');
}

async function accountAfter({ users }: WithdrawingDeps, approval: Approval): Promise<AccountAfter> {
  if (approval.state !== 'withdrawn' || !approval.settled) {
    return 'unknown';
  }
  try {
    return (await users.read(approval)) === null ? 'deleted' : 'kept';
  } catch (error) {
    if (error instanceof ServiceError) {
      return 'unknown'; // the page says what is known
    }
    throw error;
  }
}
