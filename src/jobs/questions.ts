import type { RuleRef } from '../rules/model.ts';

/** One question to one approver, as the job has it that asks. */
export interface Asked {
  /** Of that job. */
  readonly id: string;
  readonly approvalId: string;
  readonly approver: number;
  readonly reminder: boolean;
  /** Absent in jobs of earlier versions. */
  readonly asking?: AskedAs;
}

/** Why an approver gets the question: the first time or again, and on whose account. */
export type AskedAs = 'ask' | 'remind' | 'escalate' | 'handed-over' | 'again';

/** Where a question waits for others, so that one message asks all of them. */
export interface Collected {
  /** Names the approver among those of one rule file. */
  readonly reader: string;
  /** Names the time in which questions are collected. */
  readonly window: number;
}

/** Sends what was collected for one approver. */
export interface DigestJob extends Collected {
  readonly kind: 'digest';
  /** For how long questions are collected after a message, in ms. */
  readonly spanMs: number;
  /** Fixed by the first attempt, so that each attempt sends the same. */
  readonly questions?: readonly Asked[];
  /** Those that were sent, and when the last of them was. */
  readonly sent?: { readonly ids: readonly string[]; readonly at: number };
}

/** Tells an approver who was asked and has not voted that others have decided. */
export interface DecidedJob {
  readonly kind: 'decided';
  readonly approvalId: string;
  readonly approver: number;
}

/** A rule that asks approvers about very many people. */
export interface Flood extends Pick<RuleRef, 'file' | 'rule'> {
  readonly realm: string;
  /** ms since 1970. */
  readonly at: number;
}

/** Tells operators of a flood. */
export interface FloodJob {
  readonly kind: 'flood';
  readonly key: string;
  readonly to: string;
  readonly flood: Flood;
  readonly limit: number;
}
