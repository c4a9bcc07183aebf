import type { z } from 'zod';

import type { Effects, StepContext, Outcome } from './effects.ts';
import type { StepName, StepOperands } from '../model.ts';

/** One step of `then`. */
export interface StepKind<Name extends StepName = StepName> {
  readonly name: Name;
  readonly about: string;
  /** Steps as they stand in a rule file. */
  readonly examples: readonly unknown[];
  /** Checks what the rule file says and brings it into the form that `act` takes. `null` where the step takes nothing. */
  readonly operand: z.ZodType<StepOperands[Name]> | null;
  /** Fields of the operand that are lists of steps themselves. */
  readonly nested?: readonly string[];
  /** Whether it keeps somebody out: such steps come first, for until then the person is in. */
  readonly closesDoor: boolean | ((operand: StepOperands[Name]) => boolean);
  readonly act: (effects: Effects, context: StepContext, operand: StepOperands[Name]) => Promise<Outcome>;
}

/** Keeps the operand's type inside the file of the step, and off the registry. */
export function step<Name extends StepName>(kind: StepKind<Name>): StepKind {
  return kind as unknown as StepKind;
}
