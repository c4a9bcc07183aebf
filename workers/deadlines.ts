import { createDelayedSteps, type DelayedStepDeps } from '../src/execute/delayed-step.ts';
import { createGone } from '../src/approvals/gone.ts';
import { createSweep, type SweepDeps } from '../src/approvals/sweep.ts';
import { createVerification } from '../src/approvals/verification.ts';
import type { UndoEarlyDisable } from '../src/execute/undo-early-disable.ts';
import type { Handler } from '../src/jobs/payloads.ts';

export interface DeadlinesDeps extends DelayedStepDeps, Omit<SweepDeps, 'audit'> {
  readonly approvals: SweepDeps['approvals'];
  readonly reconcile: () => Promise<string>;
  readonly undo: Pick<UndoEarlyDisable, 'ifLetGo'>;
}

/**
 * Separate things that time or an event brings: the sweep of approvals, reconciling, waiting for a verified address,
 * delayed steps, and the last look after an early disable was undone. Each repeated task is a job of its own, so a task that fails or takes long delays no
 * other.
 */
export function createDeadlines(deps: DeadlinesDeps): Handler<'deadlines'> {
  const runDelayedStep = createDelayedSteps(deps);
  const verification = createVerification(deps);
  const endOfDeleted = createGone(deps);
  const repeated = {
    sweep: oneAtATime(createSweep(deps)),
    reconcile: oneAtATime(deps.reconcile),
    'look-for-verified': oneAtATime(() => verification.lookAtAll()),
  };

  return ({ id, data }) => {
    switch (data.kind) {
      case 'sweep':
      case 'reconcile':
      case 'look-for-verified':
        return repeated[data.kind]();
      case 'delayed-step':
        return runDelayedStep(data.context, data.step, id);
      case 'email-verified':
        return verification.lookAtUser(data);
      case 'account-deleted':
        return endOfDeleted(data);
      case 'let-go':
        return deps.lock.hold(data.registration, id, () => deps.undo.ifLetGo(data.registration));
      default:
        return data satisfies never;
    }
  };
}

/** If the last turn still runs, the next one ends at once. Two instances may run a task twice, which does no harm. */
function oneAtATime(task: () => Promise<string>): () => Promise<string> {
  let running = false;
  return async () => {
    if (running) {
      return 'still-at-it';
    }
    running = true;
    try {
      return await task();
    } finally {
      running = false;
    }
  };
}
