import type { z } from 'zod';

import type { DoorTest } from '../door/policy.ts';
import type { KeycloakRef } from '../keycloak-ref.ts';
import type { Facts, Missing } from '../model.ts';

/** `unknown`: more must be read before this can be said. */
export type Verdict =
  | {
      readonly holds: boolean;
      readonly because: string;
      /** Set if the answer of another system decides: which one, and whether it is the one that the rule wants. */
      readonly asked?: string;
    }
  | { readonly holds: 'unknown'; readonly missing: Missing };

/** One condition of `when`. */
export interface ConditionKind<Operand = unknown> {
  readonly key: string;
  readonly title: string;
  readonly about: string;
  /** Operands as they stand in a rule file. */
  readonly examples: readonly unknown[];
  /** Checks what the rule file says and brings it into the form that `test` takes. */
  readonly operand: z.ZodType<Operand>;
  /** For a condition whose operand may name a list file. */
  readonly list?: {
    readonly path: (operand: Operand) => string | null;
    /** Checks one line of the file. */
    readonly entry: z.ZodType<string>;
    readonly fill: (operand: Operand, entries: readonly string[]) => Operand;
  };
  /** What the operand names of Keycloak's. */
  readonly references?: (operand: Operand) => readonly KeycloakRef[];
  /** Whether it looks at the address that the registration came from. */
  readonly needsAddress?: (operand: Operand) => boolean;
  /** What the Keycloak provider compares with before there is an account. Absent, or `null`: it cannot know. */
  readonly atDoor?: (operand: Operand) => DoorTest | null;
  /** The reason names the values that were compared. */
  readonly test: (operand: Operand, facts: Facts) => Verdict;
}

/** Keeps the operand's type inside the file of the condition, and off the registry. */
export function condition<Operand>(kind: ConditionKind<Operand>): ConditionKind {
  return kind as unknown as ConditionKind;
}

export const needsUser: Verdict = { holds: 'unknown', missing: { kind: 'missing', what: 'user' } };
