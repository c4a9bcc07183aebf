import type { OutcomeQueue, OutcomeState } from '../../src/approvals/trouble.ts';
import type { RetryByLink } from '../../src/approvals/retry.ts';

/** The queue of outcomes in memory, for one approval. */
export class FakeOutcomeQueue implements OutcomeQueue {
  state: OutcomeState | null = null;
  /** Somebody else is quicker. */
  tooLate = false;
  retried = 0;

  async find(): Promise<OutcomeState | null> {
    return this.state;
  }

  async retry(): Promise<boolean> {
    if (this.tooLate || this.state === null) {
      return false;
    }
    this.retried += 1;
    this.state = { ...this.state, givenUp: false };
    return true;
  }
}

/** For pages on which nothing is given up. */
export const noRetry: RetryByLink = () => Promise.reject(new Error('there is nothing to retry'));
