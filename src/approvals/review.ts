import { isServiceError } from '../platform/errors.ts';
import type { Approval, ApprovalStore } from './approval.ts';
import { type OutcomeQueue, type Trouble, troubleOf } from './trouble.ts';

/**
 * How a request stands, for operators.
 *
 * - `waiting` for votes.
 * - `under-way`: decided, and what follows is being done.
 * - `trouble`: something of that fails, and is tried again.
 * - `given-up`: something of that fails, and nobody tries it again.
 * - `not-told`: all is done, but the mail to the person could not be sent.
 * - `done`.
 */
export const standings = ['waiting', 'under-way', 'trouble', 'given-up', 'not-told', 'done'] as const;
export type Standing = (typeof standings)[number];

/** A mail about an approval that was given up. */
export interface UnsentMail {
  readonly approvalId: string;
  /** The person, or the number of an approver. */
  readonly to: 'person' | number;
  /** Of the last error. */
  readonly code: string;
  /** When it was given up, ms since 1970. */
  readonly at: number;
  /** Its job, as operators name it. */
  readonly job: string;
}

export interface Reviewed {
  readonly approval: Approval;
  readonly standing: Standing;
  readonly trouble: readonly Trouble[];
  readonly unsent: readonly UnsentMail[];
}

export interface ReviewSources {
  readonly approvals: Pick<ApprovalStore, 'get'> & ApprovalLists;
  readonly outcomes: Pick<OutcomeQueue, 'find'>;
  /** Mails about approvals that were given up. */
  readonly unsent: () => Promise<readonly UnsentMail[]>;
}

export interface ApprovalLists {
  /** Ids of those that wait for votes, the longest first; no more than `limit`, and how many there are. */
  waiting(limit: number): Promise<Listed>;
  /** Ids of those that are decided and not settled. */
  unsettled(limit: number): Promise<Listed>;
}

export interface Listed {
  readonly ids: readonly string[];
  readonly total: number;
}

export interface Review {
  /** What needs somebody comes first. */
  readonly requests: readonly Reviewed[];
  /** How many more there are. */
  readonly more: number;
}

const urgency: readonly Standing[] = ['given-up', 'not-told', 'trouble', 'under-way', 'waiting', 'done'];

/** All requests that wait for somebody or something. */
export async function review({ approvals, outcomes, unsent }: ReviewSources, limit: number): Promise<Review> {
  const [waiting, unsettled, mails] = await Promise.all([
    approvals.waiting(limit),
    approvals.unsettled(limit),
    unsent(),
  ]);
  const ids = [...new Set([...unsettled.ids, ...mails.map(({ approvalId }) => approvalId), ...waiting.ids])];
  const requests: Reviewed[] = [];
  for (const id of ids) {
    const one = await readable(approvals.get(id));
    if (one !== null) {
      requests.push(await reviewed(one, { outcomes, unsent: mails }));
    }
  }
  const open = requests.filter(({ standing }) => standing !== 'done');
  const more = waiting.total + unsettled.total - waiting.ids.length - unsettled.ids.length;
  return {
    requests: open.toSorted((one, two) => urgency.indexOf(one.standing) - urgency.indexOf(two.standing)),
    more: Math.max(0, more),
  };
}

export async function reviewed(
  approval: Approval,
  { outcomes, unsent }: { readonly outcomes: Pick<OutcomeQueue, 'find'>; readonly unsent: readonly UnsentMail[] },
): Promise<Reviewed> {
  const trouble = await troubleOf(outcomes, approval);
  const mails = unsent.filter(({ approvalId }) => approvalId === approval.id);
  return { approval, trouble, unsent: mails, standing: standingOf(approval, trouble, mails) };
}

function standingOf(
  { state, settled }: Approval,
  trouble: readonly Trouble[],
  unsent: readonly UnsentMail[],
): Standing {
  if (state === 'waiting') {
    return 'waiting';
  }
  if (!settled) {
    return trouble.length === 0 ? 'under-way' : trouble.some(({ givenUp }) => givenUp) ? 'given-up' : 'trouble';
  }
  return unsent.some(({ to }) => to === 'person') ? 'not-told' : 'done';
}

/** `null`: forgotten; or of another version, which must not hide all others. */
async function readable(approval: Promise<Approval | null>): Promise<Approval | null> {
  return approval.catch((error: unknown) => {
    if (isServiceError(error, 'APPROVAL_UNREADABLE')) {
      return null;
    }
    throw error;
  });
}
