import type { ApproverRef, Hold, RuleRef, Step } from '../rules/model.ts';

/**
 * A question to approvers about one registration.
 *
 *   waiting ──enough yes──▶ approved
 *      │ ────one no───────▶ rejected
 *      │ ────time is up───▶ expired
 *      │ ─person withdraws▶ withdrawn
 *      └─────user gone────▶ obsolete
 *
 * Only `waiting` accepts votes. Exactly one change leads to each of the other five, also when several race.
 * `settled` turns true when the steps that follow the outcome are done. Until then, a sweep queues them again.
 *
 * One way leads back. If the person differs from what the approvers saw when they voted, nothing is granted. `approved`
 * becomes `waiting` again before its first step, without those votes, and their approvers are asked anew.
 *
 * The snapshot carries the steps it was asked under: a later change of the rule does not change what a waiting approval
 * leads to. It carries ids, and no name or mail address of the person who registered: those stay in Keycloak. The IP
 * addresses of the person and of those who voted go when it is settled.
 */
export interface Approval {
  /** 32 hex digits, derived from the event and the step that asked: asking twice asks once. */
  readonly id: string;
  /** Counts changes, from 1. */
  readonly revision: number;
  readonly state: 'waiting' | 'approved' | 'rejected' | 'expired' | 'withdrawn' | 'obsolete';
  readonly settled: boolean;
  readonly eventId: string;
  readonly registeredAt: number;
  readonly realm: string;
  readonly clientId: string;
  readonly application: string;
  readonly userId: string;
  readonly ip: string | null;
  readonly source: string;
  /** In which language the person registered; absent in snapshots of earlier versions. */
  readonly locale?: string | null;
  readonly rule: RuleRef;
  /** Version of the rule book it was asked under. */
  readonly version: string;
  readonly hold: Hold;
  /** Names of attributes that approvers see, never their values. Absent: none. */
  readonly show?: readonly string[];
  /** Approvers are asked only when this has come about; `null` once they are asked. */
  readonly waitFor: 'email-verified' | null;
  /** The mail to the person asked to confirm the address, for which this approval waited: another mail says when it is. */
  readonly toldToVerify?: true;
  /**
   * True when this system disabled the account, for this approval or by another step, so that it may enable it again.
   */
  readonly heldAccount: boolean;
  /** Mail addresses, lower case, without repeats. */
  readonly approvers: readonly string[];
  /** In which language each of them is asked, in their order; absent in snapshots of earlier versions. */
  readonly languages?: readonly (string | null)[];
  /** Time zones of the approvers (IANA), in their order; `null` or absent: see `zoneOf`. */
  readonly zones?: readonly (string | null)[];
  /**
   * Keycloak's ids of the approvers, in their order, where it knows them: whoever changes their address stays one person,
   * with one vote. Absent: none is known.
   */
  readonly people?: readonly (string | null)[];
  /** Whom the rule names: they are looked up again at each reminder. Absent in snapshots of earlier versions. */
  readonly asks?: readonly ApproverRef[];
  /** Numbers of approvers who are not asked any more: they left the group, or handed the question over. */
  readonly retired?: readonly number[];
  /** Who came in since the question was asked, until their first mail is queued. Absent: nobody. */
  readonly toAsk?: readonly ToAsk[];
  /** Of the rule file, for approvers whose own is not known. */
  readonly language?: string | null;
  /** Who handed the question over to whom: numbers of approvers. */
  readonly handedOver?: readonly { readonly from: number; readonly to: number; readonly at: number }[];
  /** As of the rule's step, see `ApprovalRequest`. */
  readonly delegate?: string;
  readonly digest?: number;
  readonly reason?: string;
  readonly usuallyWithin?: number;
  readonly tellOthers?: true;
  readonly need: number;
  readonly votes: readonly Vote[];
  readonly askedAt: number;
  readonly expiresAt: number;
  readonly remindAt: number | null;
  /** When reminders follow after `remindAt`, in order. */
  readonly remindLater?: readonly number[];
  /** When more people are asked, and whom. Absent once they are. */
  readonly escalate?: { readonly at: number; readonly to: readonly ApproverRef[] };
  readonly decidedAt: number | null;
  /** The outcome is executed, and the account stays disabled all the same. */
  readonly staysDisabled?: StaysDisabled;
  /** Steps that follow the outcome and were left out, by number: they lock out, and the person is protected. */
  readonly leftOut?: readonly number[];
  /** When votes were taken back, because the person was not as on the page any more. */
  readonly reopenedAt?: number;
  readonly then: {
    readonly approved: readonly Step[];
    readonly rejected: readonly Step[];
    readonly expired: readonly Step[];
  };
}

/**
 * Why an account stays disabled although the person is approved.
 *
 * - `administrator`: Keycloak's admin events have somebody else who disabled it after the registration.
 * - `not-ours`: this system never disabled it, so somebody else did.
 * - `rule`: this system disabled it, and the rule has no step that enables it.
 */
export type StaysDisabled = 'administrator' | 'not-ours' | 'rule';

export interface Vote {
  readonly approver: string;
  readonly verdict: 'approve' | 'reject';
  /** ms since 1970. */
  readonly at: number;
  readonly ip: string | null;
  readonly userAgent: string | null;
  /** Why, in the approver's words; goes when the approval is settled. */
  readonly reason?: string;
  /** The person may read the reason. */
  readonly tellReason?: true;
  /** Digest of what the page showed of the person (`Shown`). Absent: what is decided is not compared with it. */
  readonly shown?: string;
}

/** An approver who is to get a mail, by number, and why. */
export interface ToAsk {
  readonly approver: number;
  readonly asking: Asking;
}

/**
 * Why an approver gets a mail: the question; the same again because time passed, with the time for which that was meant;
 * because nobody decided; because another approver, by number, handed it over; or because a vote was taken back, with
 * the time of that. Times are in ms since 1970.
 */
export type Asking = 'ask' | `remind-${number}` | 'escalate' | `handed-over-${number}` | `again-${number}`;

/** An approval as Redis has it. */
export interface Seen {
  readonly approval: Approval;
  /** Whether Kafka has it as well. */
  readonly recorded: boolean;
}

/** Where approvals live. Kafka remembers (compacted topic), Redis answers. */
export interface ApprovalStore {
  /** `false` when an approval of that id is there already. */
  open(approval: Approval): Promise<boolean>;
  /** Resolves when Kafka has what it answers: whatever follows from it is not lost. */
  get(id: string): Promise<Approval | null>;
  /** For people who look, also while Kafka is away. Nothing may follow from what is not recorded. */
  see(id: string): Promise<Seen | null>;
  /**
   * Replaces the snapshot if its revision is still `next.revision - 1`; exactly one of several racing calls gets
   * `true`. Resolves after Kafka has it.
   */
  replace(next: Approval): Promise<boolean>;
  /** Ids of approvals that wait for the user's account. */
  ofUser(realm: string, userId: string): Promise<readonly string[]>;
  /**
   * Ids, oldest first, of waiting approvals whose time is up, and of decided ones that are not settled `graceMs` after.
   * One that stays unsettled is named again `graceMs` later, so that many of them keep no other from its turn.
   */
  due(now: number, graceMs: number, limit: number): Promise<readonly string[]>;
  /** Ids of waiting approvals of which it is time to ask approvers (`turnAt`), the most overdue first. */
  remindable(now: number, limit: number): Promise<readonly string[]>;
  /** Ids of waiting approvals whose approvers are not asked yet. They take turns: those named last come first. */
  unasked(now: number, limit: number): Promise<readonly string[]>;
}
