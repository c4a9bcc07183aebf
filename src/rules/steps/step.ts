import type { z } from 'zod';

import type { KeycloakRef } from '../keycloak-ref.ts';
import type { Step, StepName, StepOperands } from '../model.ts';
import type { Effects, StepContext, Outcome } from './effects.ts';

/** One step of `then`: all that the loader, the pages, the checks and the workers have to know of it. */
export interface StepKind<Name extends StepName = StepName> {
  readonly name: Name;
  readonly about: string;
  /** Steps as they stand in a rule file. */
  readonly examples: readonly unknown[];
  /**
   * Checks what the rule file says and brings it into the form that `act` takes. `null` where the step takes nothing.
   * `describe` each key: editors and the reference show it.
   */
  readonly operand: z.ZodType<StepOperands[Name]> | null;
  /** Fields of the operand that are lists of steps themselves. */
  readonly nested?: readonly string[];
  /** The form after loading, where a rule file could not have that form. `steps` is the same for nested steps. */
  readonly stored?: (steps: z.ZodType<readonly Step[]>) => z.ZodType<StepOperands[Name]>;

  /** Whether it keeps the person out. Such steps come first, because until then the person is in. */
  readonly locksOut: boolean | ((operand: StepOperands[Name]) => boolean);
  /** Whether it does so by disabling the account. */
  readonly disables?: (operand: StepOperands[Name]) => boolean;
  /** Makes the account ready: of a person whom the gate holds, it is done before the gate opens. */
  readonly readies?: true;
  /** May stand beside `delete-user`: it needs no account, or ends the account's use itself. */
  readonly besideDelete?: true;
  /** The step that this one takes back, when both have the same operand. */
  readonly undoes?: StepName;
  /** Stands alone in the `then` of a rule, and does not wait. */
  readonly alone?: true;
  /** Finds operands that are well-formed, and yet cannot do what their author wants. */
  readonly deadEnds?: (operand: StepOperands[Name]) => readonly DeadEnd[];
  /** What it names of Keycloak's. */
  readonly references?: (operand: StepOperands[Name]) => readonly KeycloakRef[];

  /** What it is about, such as the path of a group: the `{name}` of its text in the catalogues (`then.…`). */
  readonly label?: (operand: StepOperands[Name]) => string;
  readonly act?: (effects: Effects, context: StepContext, operand: StepOperands[Name]) => Promise<Outcome>;
  /** Instead of `act`: the steps that a decision has in its place. */
  readonly standsFor?: (operand: StepOperands[Name]) => readonly Step[];
}

export interface DeadEnd {
  readonly message: string;
  /** What to do about it. */
  readonly remedy: string;
  readonly severity?: 'warning';
}

/** Keeps the operand's type inside the file of the step, and off the registry. */
export function step<Name extends StepName>(kind: StepKind<Name>): StepKind {
  return kind as unknown as StepKind;
}
