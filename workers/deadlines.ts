import { createDelayedSteps, type DelayedStepDeps } from '../src/execute/delayed-step.ts';
import { createGone } from '../src/approvals/gone.ts';
import { createSweep, type SweepDeps } from '../src/approvals/sweep.ts';
import { createUnasked } from '../src/approvals/unasked.ts';
import type { Handler } from '../src/jobs/payloads.ts';

export interface DeadlinesDeps extends DelayedStepDeps, Omit<SweepDeps, 'audit'> {
  readonly approvals: SweepDeps['approvals'];
  readonly reconcile: () => Promise<string>;
}

/** What happens because time passed or an event came; the repeated tasks are jobs of their own, so that none waits for another. */
export function createDeadlines(deps: DeadlinesDeps): Handler<'deadlines'> {
  const actLater = createDelayedSteps(deps);
  const unasked = createUnasked(deps);
  const gone = createGone(deps);
  const repeated = {
    sweep: oneAtATime(createSweep(deps)),
    reconcile: oneAtATime(deps.reconcile),
    'look-for-verified': oneAtATime(() => unasked.lookAround()),
  };

  return ({ id, data }) => {
    switch (data.kind) {
      case 'sweep':
      case 'reconcile':
      case 'look-for-verified':
        return repeated[data.kind]();
      case 'delayed-step':
        return actLater(data.context, data.step, id);
      case 'email-verified':
        return unasked.lookFor(data);
      case 'account-deleted':
        return gone(data);
      default:
        return data satisfies never;
    }
  };
}

/** A turn that comes while the last one is still at it leaves the work to that. Another instance's does it twice, harmlessly. */
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
