import type { Setback } from '../jobs/outcome-job.ts';
import type { Approval } from './approval.ts';

/** What keeps the outcome of an approval from being done. It names no person. */
export interface Trouble extends Setback {
  /** Nobody tries it again by itself. So says the queue; there is no second word on it. */
  readonly givenUp: boolean;
}

/** The job of an outcome, as its queue has it. */
export interface OutcomeState {
  readonly givenUp: boolean;
  /** What failed and is not done since, by the last attempt that could note it. */
  readonly setbacks: readonly Setback[];
  /** Code of the error of the last attempt; `null`: none failed. */
  readonly code: string | null;
  readonly attempts: number;
  /** When it was queued, ms since 1970. */
  readonly queuedAt: number;
  /** When the next attempt is due; `null`: it runs, or is about to, or is given up. */
  readonly nextAt: number | null;
}

/** The queue of outcomes, for those who ask and those who want one tried again. */
export interface OutcomeQueue {
  /** `null`: the queue does not know it; the sweep queues it soon. */
  find(approval: Decided): Promise<OutcomeState | null>;
  /** Has one tried at once that was given up, or waits for its next attempt. `false`: it does neither (any more). */
  retry(approval: Decided): Promise<boolean>;
}

type Decided = Pick<Approval, 'id' | 'revision'>;

/** What troubles an approval, the longest trouble first; empty while all goes well, and once all is done. */
export async function troubleOf(queue: Pick<OutcomeQueue, 'find'>, approval: Approval): Promise<readonly Trouble[]> {
  const state = isUnderWay(approval) ? await queue.find(approval) : null;
  return state === null ? [] : troubleIn(state);
}

/** Whether an approval is decided, and what follows is not done. */
export function isUnderWay({ state, settled }: Pick<Approval, 'state' | 'settled'>): boolean {
  return state !== 'waiting' && !settled;
}

export function troubleIn({ givenUp, setbacks, code, attempts, queuedAt }: OutcomeState): readonly Trouble[] {
  const noted = setbacks.map((setback) => ({ ...setback, givenUp }));
  // A process that died at each attempt noted nothing.
  return noted.length > 0 || !givenUp
    ? noted.toSorted((one, two) => one.since - two.since)
    : [{ step: 'start', name: null, code: code ?? 'UNKNOWN', since: queuedAt, attempts, givenUp }];
}
