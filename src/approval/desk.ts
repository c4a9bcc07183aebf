import type { Audit } from '../audit.ts';
import { isServiceError, ServiceError } from '../errors.ts';
import type { UserFacts } from '../rules/model.ts';
import type { Who } from '../registration/registration.ts';
import type { Approval, ApprovalStore, Vote } from './approval.ts';
import { vote } from './outcome.ts';
import type { Links } from './token.ts';

export interface ApprovalView {
  readonly approval: Approval;
  /** Address of the approver whose link it is. */
  readonly approver: string;
  /** As Keycloak has the person now; `null`: the account is gone. */
  readonly user: UserFacts | null;
  readonly nonce: string;
}

export interface ApprovalDesk {
  /** Changes nothing. @throws ServiceError LINK_INVALID, LINK_SPENT, …_UNAVAILABLE */
  view(token: string): Promise<ApprovalView>;
  /** Resolves when the vote is durable. A vote that comes too late changes nothing; the view tells what came first. */
  decide(token: string, verdict: Vote['verdict'], from: Pick<Vote, 'ip' | 'userAgent'>): Promise<ApprovalView>;
}

export interface DeskDeps {
  readonly approvals: ApprovalStore;
  readonly links: Links;
  readonly users: { read(who: Who): Promise<UserFacts | null> };
  readonly audit: Audit;
  /** Queues what follows an outcome; queuing twice does no harm. */
  readonly onDecided: (approval: Approval) => Promise<void>;
  readonly now: () => number;
}

/** Where approvers decide. */
export function createDesk({ approvals, links, users, audit, onDecided, now }: DeskDeps): ApprovalDesk {
  async function open(token: string): Promise<{ approval: Approval; approver: string }> {
    const approval = await approvals.get(links.claimOf(token).approvalId);
    if (approval === null) {
      throw new ServiceError('LINK_INVALID', 'this link is not valid');
    }
    const { approver, expiresAt } = links.verify(token, approval);
    if (approval.state === 'waiting' && expiresAt <= now()) {
      throw new ServiceError('LINK_SPENT', 'this link has expired', { approval: approval.id });
    }
    return { approval, approver: approval.approvers[approver] ?? '' };
  }

  async function viewOf(token: string, approval: Approval, approver: string): Promise<ApprovalView> {
    // What is decided is shown also while Keycloak is away.
    const user = await users.read(approval).catch((error: unknown) => {
      if (approval.state !== 'waiting' && isServiceError(error, 'KEYCLOAK_UNAVAILABLE')) {
        return null;
      }
      throw error;
    });
    return { approval, approver, user, nonce: links.nonceFor(token) };
  }

  async function record(approval: Approval, given: Vote): Promise<Approval> {
    for (let current: Approval | null = approval; current !== null; current = await approvals.get(approval.id)) {
      const counted = vote(current, given);
      if ('refused' in counted) {
        return current;
      }
      // False: another vote, or the deadline, came in between; look at what there is now.
      if (await approvals.replace(counted.next)) {
        await audit.record(votedEntry(counted.next, given));
        return counted.next;
      }
    }
    throw new ServiceError('LINK_INVALID', 'this link is not valid');
  }

  return {
    async view(token) {
      const { approval, approver } = await open(token);
      return viewOf(token, approval, approver);
    },
    async decide(token, verdict, { ip, userAgent }) {
      const { approval, approver } = await open(token);
      const decided = await record(approval, { approver, verdict, at: now(), ip, userAgent });
      // Also for a press that came late: the one that decided may have died before this line.
      if (decided.state !== 'waiting' && !decided.settled) {
        await onDecided(decided);
      }
      return viewOf(token, decided, approver);
    },
  };
}

function votedEntry(
  { realm, clientId, userId, eventId, id, rule, version, state }: Approval,
  { approver, verdict, ip, userAgent }: Vote,
) {
  const because = `by link${ip === null ? '' : ` from ${ip}`}${userAgent === null ? '' : `, ${userAgent.slice(0, 120)}`}`;
  return {
    kind: 'voted' as const,
    realm,
    clientId,
    userId,
    eventId,
    approval: id,
    rule,
    version,
    by: approver,
    outcome: `${verdict}, ${state}`,
    because,
  };
}
