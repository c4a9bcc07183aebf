import type { Audit } from '../jobs/audit.ts';
import { isServiceError, ServiceError } from '../platform/errors.ts';
import type { UserFacts } from '../ingest/user.ts';
import type { UserRef } from '../ingest/registration.ts';
import type { RuleBook } from '../rules/model.ts';
import type { Approval, ApprovalStore, Seen, StaysDisabled, Vote } from './approval.ts';
import { isAddressOf, isRetired, vote, voteOf } from './transitions.ts';
import type { Recent } from './recent.ts';
import type { Shown, ShownField } from './shown.ts';
import { type AdminEvents, staysDisabled } from './stays-disabled.ts';
import type { Links } from './links.ts';
import { reasonOf } from './reason.ts';
import { recordVotes } from './record-decision.ts';
import { zoneUnder } from './time-zone.ts';
import { type OutcomeQueue, type Trouble, troubleOf } from './trouble.ts';

/** The person as a page may show them. */
export type PersonView =
  /** `own`: it is the approver's own registration. */
  | {
      readonly kind: 'here';
      readonly user: UserFacts;
      readonly stays: StaysDisabled | null;
      readonly own: boolean;
      readonly recent?: Recent;
    }
  | { readonly kind: 'gone' }
  /**
   * Not read: the approval is decided, or this approver is not asked any more, so no data is shown; or Keycloak is away,
   * and this approver has voted.
   */
  | { readonly kind: 'unread' };

export interface ApprovalView {
  readonly approval: Approval;
  /** Address of the approver whose link it is. */
  readonly approver: string;
  /** Time zone of the approver. */
  readonly zone: string;
  readonly person: PersonView;
  /** Digest of what the page shows; comes back with the vote. */
  readonly shown: string;
  readonly nonce: string;
  /** The person has another user name, address, name or shown attribute than in the mail whose link it is. */
  readonly changedSinceMail?: true;
  /** Whether Kafka has the approval as it is. Until then, its last change may still be lost, and nothing follows it. */
  readonly recorded: boolean;
  /** What keeps the outcome from being done. */
  readonly trouble: readonly Trouble[];
}

/** The result of a press of a button. */
export type Pressed =
  | { readonly kind: 'counted'; readonly approval: Approval; readonly recorded: boolean }
  /** No vote was counted. `late`: another vote counts. `changed`: the person is not as the page showed them. */
  | { readonly kind: 'late'; readonly view: ApprovalView }
  | { readonly kind: 'changed'; readonly view: ApprovalView; readonly fields: readonly ShownField[] }
  | { readonly kind: 'nothing-to-decide'; readonly view: ApprovalView };

export interface Press extends Pick<Vote, 'ip' | 'userAgent' | 'verdict'> {
  /** Why, as typed. */
  readonly reason?: string;
  /** Whether the person may read the reason of a rejection. */
  readonly tellReason?: boolean;
  /** The hidden fields of the page. */
  readonly shown: string;
  readonly nonce: string;
}

export interface Voting {
  /**
   * Changes nothing.
   * @param mark what the mail showed (`Shown.mark`), where the link has it
   * @throws ServiceError LINK_INVALID, LINK_SPENT, …_UNAVAILABLE
   */
  view(token: string, mark?: string): Promise<ApprovalView>;
  /**
   * Resolves when the vote is received: Redis has it, and Kafka as well if it is `recorded`. Keycloak may be away.
   * @throws ServiceError FORM_INVALID when it does not come from the page
   */
  decide(token: string, press: Press): Promise<Pressed>;
}

export interface VotingDeps {
  readonly approvals: ApprovalStore;
  readonly links: Links;
  readonly shown: Shown;
  readonly users: { read(who: UserRef): Promise<UserFacts | null> };
  readonly adminEvents: AdminEvents;
  /** What came before a registration; by default nothing is known. */
  readonly recentOf?: (approval: Approval) => Promise<Recent>;
  readonly rules: () => RuleBook;
  readonly audit: Audit;
  readonly outcomes: Pick<OutcomeQueue, 'find'>;
  /** Queues what follows an outcome; queuing twice does no harm. */
  readonly onDecided: (approval: Approval) => Promise<void>;
  readonly now: () => number;
  /** How long a vote waits for Keycloak. */
  readonly patienceMs?: number;
}

/** Where approvers decide. */
export function createVoting(deps: VotingDeps): Voting {
  const { approvals, links, shown, onDecided, now } = deps;

  async function open(token: string): Promise<Seen & { approver: string }> {
    const seen = await approvals.see(links.claimOf(token).approvalId);
    if (seen === null) {
      throw new ServiceError('LINK_INVALID', 'this link is not valid');
    }
    const { approval } = seen;
    const { approver, expiresAt } = links.verify(token, approval);
    if (approval.state === 'waiting' && expiresAt <= now()) {
      throw new ServiceError('LINK_SPENT', 'this link has expired', { approval: approval.id });
    }
    return { ...seen, approver: approval.approvers[approver] ?? '' };
  }

  async function viewWith(token: string, seen: Seen, approver: string, person: PersonView): Promise<ApprovalView> {
    const digest = person.kind === 'here' ? shown.digest(seen.approval, person.user) : '';
    const trouble = await troubleOf(deps.outcomes, seen.approval);
    const zone = zoneUnder(deps.rules(), seen.approval, seen.approval.approvers.indexOf(approver));
    return { ...seen, approver, zone, person, shown: digest, nonce: links.nonceFor(token, digest), trouble };
  }

  const viewOf = async (token: string, { approval, recorded }: Seen, approver: string): Promise<ApprovalView> =>
    viewWith(token, { approval, recorded }, approver, await personOf(deps, approval, approver));

  return {
    async view(token, mark) {
      const { approver, ...seen } = await open(token);
      const view = await viewOf(token, seen, approver);
      const { approval, person } = view;
      const isOther = person.kind === 'here' && shown.isOtherThanMarked(mark ?? '', approval, person.user);
      return isOther ? { ...view, changedSinceMail: true } : view;
    },
    async decide(token, { verdict, shown: digest, nonce, ip, userAgent, reason, tellReason }) {
      const { approver, ...seen } = await open(token);
      const { approval } = seen;
      if (!links.isNonce(nonce, token, digest)) {
        throw new ServiceError('FORM_INVALID', 'this does not come from the page', { approval: approval.id });
      }
      if (isRetired(approval, approver)) {
        return { kind: 'late', view: await viewWith(token, seen, approver, { kind: 'unread' }) };
      }
      const mayCount = approval.state === 'waiting' && voteOf(approval, approver) === undefined;
      const user = mayCount ? await readInTime(deps, approval) : undefined;
      if (user === null || (user !== undefined && isAddressOf(approver, user))) {
        return { kind: 'nothing-to-decide', view: await viewOf(token, seen, approver) };
      }
      const fields = user === undefined ? [] : shown.changed(digest, approval, user);
      if (fields.length > 0) {
        return { kind: 'changed', view: await viewOf(token, seen, approver), fields };
      }
      const why = reasonOf(verdict, reason, tellReason);
      const given: Vote = { approver, verdict, at: now(), ip, userAgent, shown: digest, ...why };
      const { approval: after, recorded } = await giveVote(deps, seen, given);
      // Also for a press that came late: the process of the vote that decided may have died before this line. What is not
      // recorded is not acted upon: the sweep records it, and queues what follows.
      if (recorded && after.state !== 'waiting' && !after.settled) {
        await onDecided(after);
      }
      // Two presses of one button are one vote.
      return voteOf(after, approver)?.verdict === verdict
        ? { kind: 'counted', approval: after, recorded }
        : { kind: 'late', view: await viewWith(token, { approval: after, recorded }, approver, { kind: 'unread' }) };
    },
  };
}

async function personOf(deps: VotingDeps, approval: Approval, approver: string): Promise<PersonView> {
  const { users, adminEvents, recentOf } = deps;
  if (approval.state !== 'waiting' || isRetired(approval, approver)) {
    return { kind: 'unread' };
  }
  try {
    const user = await users.read(approval);
    return user === null
      ? { kind: 'gone' }
      : {
          kind: 'here',
          user,
          stays: await staysDisabled(approval, user, adminEvents),
          own: isAddressOf(approver, user),
          ...(recentOf === undefined ? {} : { recent: await recentOf(approval) }),
        };
  } catch (error) {
    if (voteOf(approval, approver) !== undefined && isServiceError(error, 'KEYCLOAK_UNAVAILABLE')) {
      return { kind: 'unread' };
    }
    throw error;
  }
}

/** `undefined`: Keycloak does not answer, or not in time. The vote then counts for what the page showed. */
async function readInTime(
  { users, patienceMs = 2_000 }: VotingDeps,
  approval: Approval,
): Promise<UserFacts | null | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), patienceMs);
  });
  try {
    return await Promise.race([users.read(approval).catch(() => undefined), late]);
  } finally {
    clearTimeout(timer);
  }
}

/** @returns the approval with the vote; or the approval as it is, if the vote does not count */
async function giveVote({ approvals, audit }: VotingDeps, seen: Seen, given: Vote): Promise<Seen> {
  const { id } = seen.approval;
  for (let now: Seen | null = seen; now !== null; now = await approvals.see(id)) {
    const counted = vote(now.approval, given);
    if ('refused' in counted) {
      return now;
    }
    const recorded = await put(approvals, counted.next, given);
    // `false`: another vote or the end of the time came in between, so look at the approval again.
    if (recorded !== false) {
      await recordVotes(audit, recorded.approval);
      return recorded;
    }
  }
  throw new ServiceError('LINK_INVALID', 'this link is not valid');
}

/** @returns `false` if the approval changed meanwhile */
async function put(approvals: ApprovalStore, next: Approval, { approver, at }: Vote): Promise<Seen | false> {
  try {
    return (await approvals.replace(next)) && { approval: next, recorded: true };
  } catch (error) {
    // Redis takes a vote before Kafka does. If it is there, it is not lost: it is recorded when Kafka answers again.
    const seen = isServiceError(error, 'KAFKA_UNAVAILABLE') ? await approvals.see(next.id) : null;
    if (seen === null || voteOf(seen.approval, approver)?.at !== at) {
      throw error;
    }
    return seen;
  }
}
