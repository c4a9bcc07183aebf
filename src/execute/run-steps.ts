import type { AuditEntry } from '../jobs/audit.ts';
import type { Effects, StepContext, Outcome, StepResult } from '../rules/steps/effects.ts';
import type { Step } from '../rules/model.ts';

export interface RunStepsOptions {
  readonly steps: readonly Step[];
  /** How many of them an earlier attempt finished. */
  readonly done: number;
  readonly context: (stepNumber: number) => StepContext;
  readonly act: (effects: Effects, context: StepContext, step: Step) => Promise<Outcome>;
  readonly effects: Effects;
  /** Called after each step; what it saves lets the next attempt resume there. */
  readonly onDone: (step: Step, result: StepResult, done: number) => Promise<void>;
}

/** The audit entry of a step: that it was done, when it is due, or why it was left alone. */
export function stepEntry(
  step: string,
  result: StepResult,
): Pick<AuditEntry, 'kind' | 'step' | 'outcome' | 'because' | 'dueAt'> {
  if (typeof result === 'string') {
    return { kind: 'step', step, outcome: result };
  }
  return 'dueAt' in result
    ? { kind: 'step', step, outcome: 'scheduled', dueAt: result.dueAt }
    : { kind: 'skipped', step, because: result.leftAlone };
}

/** Runs a plan step by step, from where an earlier attempt stopped. Each step is safe to repeat. */
export async function runSteps({ steps, done, context, act, effects, onDone }: RunStepsOptions): Promise<void> {
  for (const [index, step] of steps.entries()) {
    if (index < done) {
      continue;
    }
    const why = context(index);
    const result =
      step.after === null ? await act(effects, why, step) : { dueAt: await effects.later(why, step, step.after) };
    await onDone(step, result, index + 1);
  }
}
