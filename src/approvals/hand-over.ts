import type { Approval } from './approval.ts';
import { change, isOnePerson, unheard, voteOf } from './transitions.ts';
import { type Approver, canBeDecided, withNew } from './who-is-asked.ts';

/** Why the question cannot be handed over. The last three are about the colleague. */
export type NotHandedOver =
  | 'already-decided'
  | 'expired'
  | 'not-allowed'
  | 'already-voted'
  | 'not-asked-any-more'
  | 'too-few'
  | 'yourself'
  | 'has-voted'
  | 'handed-it-over';

/** Why this approver cannot hand the question over to anybody; `null`: they can. */
export function cannotHandOver(approval: Approval, from: number, now: number): NotHandedOver | null {
  const { state, expiresAt, approvers, delegate, waitFor } = approval;
  if (state !== 'waiting') {
    return state === 'expired' ? 'expired' : 'already-decided';
  }
  if (expiresAt <= now) {
    return 'expired';
  }
  // A question in a chat stays there: nobody knows who of the channel would hand it over.
  if (delegate === undefined || waitFor !== null || approvers[from]?.includes('@') === false) {
    return 'not-allowed';
  }
  if (voteOf(approval, approvers[from] ?? '') !== undefined) {
    return 'already-voted';
  }
  return unheard(approval).includes(from) ? null : 'not-asked-any-more';
}

/** Why this colleague cannot get it from that approver; `null`: they can. */
export function cannotGet(approval: Approval, from: number, to: Approver): NotHandedOver | null {
  const { approvers, people = [], votes, handedOver = [] } = approval;
  const isThem = (number: number): boolean =>
    approvers[number] === to.address || isOnePerson(people[number], to.userId);
  if (isThem(from)) {
    return 'yourself';
  }
  if (votes.some(({ approver }) => isThem(approvers.indexOf(approver)))) {
    return 'has-voted';
  }
  if (handedOver.some((given) => isThem(given.from))) {
    return 'handed-it-over';
  }
  return canBeDecided(given(approval, from, to)) ? null : 'too-few';
}

/** One approver hands the question over to a colleague, who is asked in their place. */
export function handOver(
  approval: Approval,
  from: number,
  to: Approver,
  now: number,
): { readonly next: Approval } | { readonly refused: NotHandedOver } {
  const refused = cannotHandOver(approval, from, now) ?? cannotGet(approval, from, to);
  if (refused !== null) {
    return { refused };
  }
  const after = given(approval, from, to);
  const number = after.approvers.indexOf(to.address);
  return {
    next: change(after, {
      handedOver: [...(approval.handedOver ?? []), { from, to: number, at: now }],
      toAsk: [...(approval.toAsk ?? []), { approver: number, asking: `handed-over-${from}` }],
    }),
  };
}

/** Who may vote after it. */
function given(approval: Approval, from: number, to: Approver): Approval {
  const after = withNew(approval, [to]);
  const number = after.approvers.indexOf(to.address);
  const retired = [...(approval.retired ?? []).filter((other) => other !== number && other !== from), from];
  return { ...after, retired };
}
