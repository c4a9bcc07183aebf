import type { Registration, UserRef } from '../ingest/registration.ts';

/** Who registered, and when. */
export type Registered = UserRef & Pick<Registration, 'time'>;

/** What is remembered of an account, also when Redis loses everything. */
export interface Mark {
  /** `claimed`: this service is about to disable the account. `done`: Keycloak has disabled it. */
  readonly disabled: 'claimed' | 'done' | null;
  /** The registration was handled to its end: if it comes again, it leads to nothing. */
  readonly finished: boolean;
  /** Redis was emptied, and Kafka was not read again: what is known of the account may be more. */
  readonly unsure?: true;
}

/**
 * The accounts that this service began to disable because they registered, and what became of their registrations. A
 * claim is written before the account is changed. If it came after, a crash in between would leave an account that seems
 * disabled by another, and no approval would enable it.
 *
 *   no mark ──claim, take──▶ claimed ──let go──▶ let go ──take, take back──▶ claimed
 *   no mark ──let go──▶ let go
 *
 * While Redis was emptied and Kafka is being read again, only a registration that is new may go on without knowing.
 * @throws ServiceError REDIS_UNAVAILABLE
 */
export interface Lockouts {
  /**
   * For what disables before the registration is decided. `true` the first time, over all instances. A later event must
   * not disable an account that was enabled since, and nothing claims an account that was let go.
   */
  claim(who: Registered): Promise<boolean>;
  /** For the decision: it locks the person out, whatever the mark says. */
  take(who: Registered): Promise<void>;
  /** For what locks out later, such as the outcome of an approval: an account that was let go is so no longer. */
  takeBack(who: UserRef): Promise<void>;
  /** For the decision: it lets the person stay. @returns whether the account was ever claimed, also by a repeat */
  letGo(who: Registered): Promise<boolean>;
  /** Whether it was claimed and then let go. A lost mark answers `false`. */
  wasLetGo(who: UserRef): Promise<boolean>;
  claimed(who: UserRef): Promise<boolean>;
  /** Keycloak has disabled the account. Says nothing of an account that was not claimed. */
  disabled(who: UserRef): Promise<void>;
  mark(who: Registered): Promise<Mark>;
  /** Jobs for these registrations are about to be queued. */
  open(registered: readonly Registered[]): Promise<void>;
  /** The registration was handled to its end. */
  finish(who: Registered): Promise<void>;
}
