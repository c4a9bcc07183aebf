import type { AuditEntry } from '../audit.ts';
import type { Effects, Occasion, Outcome } from '../rules/effects.ts';
import type { Step } from '../rules/model.ts';

export interface CarryOutOptions {
  readonly steps: readonly Step[];
  /** How many of them an earlier attempt finished. */
  readonly done: number;
  readonly occasion: (stepNumber: number) => Occasion;
  readonly act: (effects: Effects, occasion: Occasion, step: Step) => Promise<Outcome>;
  readonly effects: Effects;
  /** Called after each step; what it saves lets the next attempt resume there. */
  readonly onDone: (step: Step, outcome: Outcome, done: number) => Promise<void>;
}

/** What the audit is told of a step: that it was done, or why it was left alone. */
export function stepEntry(step: string, outcome: Outcome): Pick<AuditEntry, 'kind' | 'step' | 'outcome' | 'because'> {
  return typeof outcome === 'string'
    ? { kind: 'step', step, outcome }
    : { kind: 'skipped', step, because: outcome.leftAlone };
}

/** Does a plan step by step, from where an earlier attempt stopped. Each step is safe to repeat. */
export async function carryOut({ steps, done, occasion, act, effects, onDone }: CarryOutOptions): Promise<void> {
  for (const [index, step] of steps.entries()) {
    if (index < done) {
      continue;
    }
    const why = occasion(index);
    const outcome = step.after === null ? await act(effects, why, step) : await effects.later(why, step, step.after);
    await onDone(step, outcome, index + 1);
  }
}
