import type { UserRef } from '../ingest/registration.ts';
import type { UserFacts } from '../ingest/user.ts';
import type { Approval, StaysDisabled } from './approval.ts';

/** What an administrator or another system did, by Keycloak's admin events. */
export interface OtherHand {
  /** ms since 1970. */
  readonly at: number;
  /** Keycloak's id of who did it. */
  readonly by: string;
}

export interface AdminEvents {
  /** The last disable by another, if no other enabled the account after it. `null`: none, or admin events are off. */
  disabledByOther(who: UserRef, since: number): Promise<OtherHand | null>;
  /** Who enabled the account last, if that is another. `null`: nobody, or it cannot be seen. */
  enabledByOther(who: UserRef, since: number): Promise<OtherHand | null>;
  /** Whether this service disabled the account, and nobody enabled it since. `false`: also if it cannot be seen. */
  disabledHere(who: UserRef, since: number): Promise<boolean>;
  /** Whether anybody, this service too, enabled or disabled the account. `false`: also if it cannot be seen. */
  switched(who: UserRef, since: number): Promise<boolean>;
}

/** Why the account stays disabled after an approval; `null`: it does not. @param user as Keycloak has it now */
export async function staysDisabled(
  approval: Approval,
  user: Pick<UserFacts, 'enabled'>,
  adminEvents: AdminEvents,
): Promise<StaysDisabled | null> {
  if (user.enabled) {
    return null;
  }
  if (!approval.heldAccount) {
    return 'not-ours';
  }
  // Since the registration and not since the hold: both times are then of Keycloak's clock.
  if ((await adminEvents.disabledByOther(approval, approval.registeredAt)) !== null) {
    return 'administrator';
  }
  return opensAccount(approval) ? null : 'rule';
}

/** Whether an approval enables the account again. */
export function opensAccount({ heldAccount, hold, then }: Approval): boolean {
  const enables = then.approved.some(({ uses, after }) => uses === 'enable-user' && after === null);
  return heldAccount && (hold === 'account' || enables);
}
