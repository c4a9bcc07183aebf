import type { Published, SignedRecord } from './topic-state.ts';
import type { Packed } from './wire.ts';

export interface Situation {
  /** The policy of the rules in force here. */
  readonly own: Packed;
  /** The same, if it was published or found on the topic since the start or the last change of the rules. */
  readonly announced: Packed | null;
  /** The newest policy that was published. */
  readonly inForce: Published | null;
  /** Its records that the topic has lost. */
  readonly missing: readonly SignedRecord[];
  /** Whether an instance that is alive has the rules of the policy in force. */
  readonly supported: boolean;
}

export type Duty =
  /** Publish the own policy, under a new sequence. */
  | { readonly kind: 'publish' }
  /** Publish the records of the policy in force again, as they were. */
  | { readonly kind: 'restore'; readonly records: readonly SignedRecord[] }
  /** The policy in force is the own one. */
  | { readonly kind: 'agree' }
  /** Another instance has other rules, and its policy is newer. */
  | { readonly kind: 'yield' };

/**
 * What an instance has to do about the door's topic. Pure.
 *
 * Instances can have different rules for a while: in a rolling change, or where one of them reads its files later. Each
 * publishes when it starts and when its rules change, and after that it leaves a newer policy in force. So the change
 * that came last counts, and nobody fights. If no instance that is alive has the rules of the policy in force, because
 * that one has stopped, another one publishes its own again. What was lost is restored as it was: all instances agree
 * on what that is.
 */
export function dutyOf({ own, announced, inForce, missing, supported }: Situation): Duty {
  if (inForce === null) {
    return { kind: 'publish' };
  }
  const same = inForce.json === own.json;
  const fresh = announced?.json !== own.json;
  if ((fresh && !(same && inForce.signedNow)) || (!same && !supported)) {
    return { kind: 'publish' };
  }
  if (missing.length > 0) {
    return { kind: 'restore', records: missing };
  }
  return { kind: same ? 'agree' : 'yield' };
}
