import type { Change, Effects, Occasion, StepResult } from '../rules/effects.ts';
import type { Step } from '../rules/model.ts';

export interface CarryOutOptions {
  readonly steps: readonly Step[];
  /** How many of them an earlier attempt finished. */
  readonly done: number;
  readonly occasion: (stepNumber: number) => Occasion;
  readonly act: (effects: Effects, occasion: Occasion, step: Step) => Promise<Change>;
  readonly effects: Effects;
  /** Called after each step; what it saves lets the next attempt resume there. */
  readonly onDone: (step: Step, result: StepResult, done: number) => Promise<void>;
}

/** Does a plan step by step, from where an earlier attempt stopped. Each step is safe to repeat. */
export async function carryOut({ steps, done, occasion, act, effects, onDone }: CarryOutOptions): Promise<void> {
  for (const [index, step] of steps.entries()) {
    if (index < done) {
      continue;
    }
    const why = occasion(index);
    const result: StepResult =
      step.after === null
        ? { outcome: await act(effects, why, step) }
        : { outcome: 'scheduled', dueAt: await effects.later(why, step, step.after) };
    await onDone(step, result, index + 1);
  }
}
