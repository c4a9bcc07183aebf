import type { z } from 'zod';

import type { Facts, Missing } from '../model.ts';

/** `unknown`: more must be read before this can be said. */
export type Verdict =
  | { readonly holds: boolean; readonly because: string }
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
  /** The reason names the values that were compared. */
  readonly test: (operand: Operand, facts: Facts) => Verdict;
}

/** Keeps the operand's type inside the file of the condition, and off the registry. */
export function condition<Operand>(kind: ConditionKind<Operand>): ConditionKind {
  return kind as unknown as ConditionKind;
}

export const needsUser: Verdict = { holds: 'unknown', missing: { kind: 'missing', what: 'user' } };

/** A value for a reason: quoted, on one line, and short. */
export function quoted(value: string | null | undefined): string {
  if (value === null || value === undefined) {
    return 'nothing';
  }
  const line = [...value].map((character) => (character < ' ' ? ' ' : character)).join('');
  return `"${line.length > 60 ? `${line.slice(0, 60)}…` : line}"`;
}
