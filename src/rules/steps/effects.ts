import type { Registration, UserRef } from '../../ingest/registration.ts';
import type { Fate } from '../decide/fate.ts';
import type { GateState } from './gate.ts';
import type { ApprovalRequest, RoleRef, RuleRef, Step } from '../model.ts';

/** `unchanged`: the account was in that state already, which is as good. */
export type Change = 'changed' | 'unchanged';

/** Not done, on purpose; the reason is for the audit, without personal data. */
export interface LeftAlone {
  readonly leftAlone: string;
}

export type Outcome = Change | LeftAlone;

/** What came of a step: it is done, left alone, or delayed until `dueAt` (ISO 8601). */
export type StepResult = Outcome | { readonly dueAt: string };

/** What becomes of an account. Plain data: what wraps accounts (a dry run, the early disable) looks at `kind` only. */
export type AccountChange =
  /** Sets `enabled: false` and ends all sessions: a disable alone leaves the session of the registration alive. */
  | { readonly kind: 'disable' }
  | { readonly kind: 'enable' }
  | { readonly kind: 'log-out' }
  /** Deleting a user who is gone is `unchanged`. */
  | { readonly kind: 'delete' }
  | { readonly kind: 'join-group' | 'leave-group'; readonly path: string }
  | { readonly kind: 'grant-role' | 'revoke-role'; readonly role: RoleRef }
  | { readonly kind: 'set-attribute'; readonly name: string; readonly values: readonly string[] }
  | { readonly kind: 'add-required-action' | 'remove-required-action'; readonly action: string }
  /**
   * Sets what the gate's page says. A user whom the gate does not hold is left alone. `until`: by when it is decided, ms
   * since 1970.
   */
  | { readonly kind: 'set-gate-state'; readonly state: GateState; readonly until?: number }
  /** Lets the person through, and forgets what the gate's page said. */
  | { readonly kind: 'open-gate' };

export interface Accounts {
  /**
   * Every change is a set operation: it is safe to repeat, also after an unclear timeout.
   * @throws ServiceError USER_GONE, or USER_NOT_YET_VISIBLE when the account is too young to be visible yet
   */
  apply(who: UserRef, change: AccountChange): Promise<Change>;
}

/** Why and for whom a step is done. */
export interface StepContext {
  readonly registration: Registration;
  /** How to reach the person who registered, where known; read before any step, for a deletion takes it away. */
  readonly person: {
    readonly address: string;
    readonly locale: string | null;
    readonly name?: string;
    readonly toVerify?: boolean;
  } | null;
  /** Whether the account was enabled before the first step: only then may this system enable it again. */
  readonly accountWasEnabled: boolean;
  /** Whether this service disabled the account, if an approval knows it. Absent: `Lockouts` knows. */
  readonly disabledHere?: boolean;
  readonly application: string;
  /** Id of the approval whose outcome this step follows. */
  readonly follows?: string;
  /** Of the rule file, for approvers whose own is not known. */
  readonly language?: string | null;
  /** What becomes of the account by all the steps of which this is one. */
  readonly fate?: Fate;
  /** Why approvers rejected the person, if the person may read it. Only in the mail that tells them so. */
  readonly rejectedBecause?: string;
  readonly rule: RuleRef;
  /** Version of the rule book that decided. */
  readonly version: string;
  /** Unique and stable for this step of this event: the idempotency key of what it leads to. */
  readonly key: string;
}

/** What steps may do. The workers pass in the real effects, tests pass in fakes. */
export interface Effects {
  /**
   * Delays a step. Right before it acts, it looks again whether its reason still holds.
   * @returns when it is due, ISO 8601
   */
  later(context: StepContext, step: Step, afterMs: number): Promise<string>;
  readonly accounts: Accounts;
  /** Enables the account only if this service disabled it, and nobody else has disabled it since. */
  enableAgain(context: Pick<StepContext, 'registration' | 'disabledHere'>): Promise<Outcome>;
  openApproval(context: StepContext, request: ApprovalRequest): Promise<Change>;
  /** Queues a mail to the person who registered; `message` names a message of the catalogue. */
  tellUser(context: StepContext, message: string): Promise<Change>;
  /** Queues a mail to administrators. */
  notify(context: StepContext, to: readonly string[], subject: string | null): Promise<Change>;
  /** Queues a signed webhook call. */
  callWebhook(context: StepContext, url: string): Promise<Change>;
}
