import { domainToASCII } from 'node:url';

import type { UserFacts } from '../ingest/user.ts';
import type { Approval, Vote } from './approval.ts';

export type Refusal = 'already-decided' | 'expired' | 'not-an-approver' | 'already-voted' | 'not-asked-any-more';

/** Counts a vote: one no rejects, enough yes approves. A vote is given once; nobody votes for two. */
export function vote(approval: Approval, given: Vote): { readonly next: Approval } | { readonly refused: Refusal } {
  if (approval.state === 'expired') {
    return { refused: 'expired' };
  }
  if (approval.state !== 'waiting') {
    return { refused: 'already-decided' };
  }
  if (approval.expiresAt <= given.at) {
    return { refused: 'expired' };
  }
  if (!approval.approvers.includes(given.approver)) {
    return { refused: 'not-an-approver' };
  }
  if (voteOf(approval, given.approver) !== undefined) {
    return { refused: 'already-voted' };
  }
  if (!unheard(approval).some((number) => approval.approvers[number] === given.approver)) {
    return { refused: 'not-asked-any-more' };
  }
  const votes = [...approval.votes, given]; // all before it are yes, for the approval still waits
  const state = given.verdict === 'reject' ? 'rejected' : votes.length >= approval.need ? 'approved' : 'waiting';
  return { next: change(approval, { votes, state, decidedAt: state === 'waiting' ? null : given.at }) };
}

/** No approver decides about their own registration. Other addresses of the same person cannot be recognised. */
export function isAddressOf(approver: string, { email }: Pick<UserFacts, 'email'>): boolean {
  return email !== null && sameMailbox(email) === sameMailbox(approver);
}

/** One spelling of a mailbox: a domain can be written in its own alphabet, or in ASCII. */
function sameMailbox(address: string): string {
  const at = address.lastIndexOf('@');
  const domain = domainToASCII(address.slice(at + 1));
  return (domain === '' ? address : address.slice(0, at + 1) + domain).normalize('NFC').toLowerCase();
}

/** Time is up. */
export function expire(approval: Approval, now: number): Approval {
  return change(approval, { state: 'expired', decidedAt: now });
}

/** The person takes the request back. Only of one that waits: what was decided stays decided. */
export function withdraw(approval: Approval, now: number): Approval {
  return change(approval, { state: 'withdrawn', decidedAt: now });
}

/** The account went away while approvers were asked: there is nothing left to decide or to do. */
export function markObsolete(approval: Approval, now: number): Approval {
  return change(approval, { state: 'obsolete', decidedAt: now, settled: true, ...withoutAddresses(approval) });
}

/** What is otherwise than the outcome says. */
export type Done = Pick<Approval, 'staysDisabled' | 'leftOut'>;

/** What follows the outcome is done. */
export function settle(approval: Approval, { staysDisabled, leftOut }: Done = {}): Approval {
  const more = {
    ...(staysDisabled === undefined ? {} : { staysDisabled }),
    ...(leftOut === undefined ? {} : { leftOut }),
  };
  return change(approval, { settled: true, ...withoutAddresses(approval), ...more });
}

/**
 * The snapshot of a settled approval is kept for good. IP addresses and digests of pages are not needed any more. The
 * audit has the IP addresses of the approvers, and ends.
 */
function withoutAddresses({ votes }: Approval): Pick<Approval, 'ip' | 'votes'> {
  return {
    ip: null,
    votes: votes.map(({ approver, verdict, at }) => ({ approver, verdict, at, ip: null, userAgent: null })),
  };
}

/**
 * Takes back the approving votes that do not hold for the person as they are now. `null`: enough votes are left. Other
 * approvers, who were asked and did not vote, may vote as before.
 */
export function reopen(approval: Approval, holds: (vote: Vote) => boolean, now: number): Approval | null {
  const votes = approval.votes.filter(holds);
  if (approval.state !== 'approved' || votes.length >= approval.need) {
    return null;
  }
  return change(approval, { state: 'waiting', votes, decidedAt: null, reopenedAt: now });
}

/** The address is verified: the approvers are asked, and all times that count from then begin. */
export function beginAsking(approval: Approval, now: number): Approval {
  const { remindAt, remindLater, escalate, askedAt } = approval;
  const since = (at: number): number => now + (at - askedAt);
  return change(approval, {
    waitFor: null,
    remindAt: remindAt === null ? null : since(remindAt),
    ...(remindLater === undefined ? {} : { remindLater: remindLater.map(since) }),
    ...(escalate === undefined ? {} : { escalate: { ...escalate, at: since(escalate.at) } }),
  });
}

/** Approvers who may still vote, by number. */
export function unheard(approval: Approval): number[] {
  const { approvers, retired = [] } = approval;
  return approvers.flatMap((address, number) =>
    retired.includes(number) || voteOf(approval, address) !== undefined ? [] : [number],
  );
}

/** The vote that an approver gave, under this address or another one of theirs. */
export function voteOf({ approvers, people, votes }: Approval, approver: string): Vote | undefined {
  const idOf = (address: string): string | null | undefined => people?.[approvers.indexOf(address)];
  return votes.find((given) => given.approver === approver || isOnePerson(idOf(given.approver), idOf(approver)));
}

/** Whether two of Keycloak's ids are of one person. Of whom Keycloak does not know, nothing is. */
export function isOnePerson(one: string | null | undefined, other: string | null | undefined): boolean {
  return one !== undefined && one !== null && one === other;
}

/** Whether this approver was asked and is not asked any more. */
export function isRetired({ approvers, retired = [] }: Approval, approver: string): boolean {
  return retired.includes(approvers.indexOf(approver));
}

/** A changed approval. A field that is `undefined` goes. */
export function change(approval: Approval, changes: Changes): Approval {
  const next = { ...approval, ...changes, revision: approval.revision + 1 };
  return Object.fromEntries(Object.entries(next).filter(([, value]) => value !== undefined)) as unknown as Approval;
}

type Changes = { readonly [Field in keyof Approval]?: Approval[Field] | undefined };
