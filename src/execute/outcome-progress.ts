import type { OutcomeJob, Setback } from '../jobs/outcome-job.ts';
import type { Job } from '../jobs/payloads.ts';
import { isServiceError } from '../platform/errors.ts';

/** What is no task: all that has to be known before the first one. */
const start = 'start';

/** Of these, the next attempt comes by itself in a moment, and nobody has to know. */
const passing: readonly string[] = ['APPROVAL_CONFLICT', 'USER_BUSY', 'USER_NOT_YET_VISIBLE'];

/** How far the outcome of an approval is: kept in its job, for the next attempt and for those who ask. */
export class OutcomeProgress {
  readonly #job: Job<'outcomes'>;
  readonly #did: Set<string>;
  readonly #setbacks: Map<string, Setback>;
  readonly #now: () => number;
  #failed = false;

  constructor(job: Job<'outcomes'>, now: () => number) {
    const { did = [], done = 0, setbacks = {} } = job.data;
    this.#job = job;
    this.#did = new Set([...Array.from({ length: done }, (_, index) => String(index)), ...did]);
    this.#setbacks = new Map(Object.entries(setbacks));
    this.#now = now;
  }

  /** Whether anything is done. */
  get begun(): boolean {
    return this.#did.size > 0;
  }

  did(key: string): boolean {
    return this.#did.has(key);
  }

  async done(key: string): Promise<void> {
    this.#did.add(key);
    this.#setbacks.delete(key);
    this.#setbacks.delete(start);
    await this.#save();
  }

  /** Notes what failed in this attempt. The time of the first failure stays. */
  async failed(failures: readonly Failure[]): Promise<void> {
    this.#failed = true;
    this.#setbacks.delete(start);
    failures.forEach((failure) => this.#note(failure.key, failure));
    await this.#save();
  }

  /** Notes what kept this attempt from its first task, or broke it off. Does nothing if the tasks that failed are noted. */
  async brokeOff(error: unknown): Promise<void> {
    if (this.#failed) {
      return;
    }
    if (!isServiceError(error) || !passing.includes(error.code)) {
      this.#note(start, { step: start, name: null, error });
      await this.#save();
    }
  }

  #note(key: string, { step, name, error }: Omit<Failure, 'key'>): void {
    const { since = this.#now(), attempts = 0 } = this.#setbacks.get(key) ?? {};
    const code = isServiceError(error) ? error.code : 'UNKNOWN';
    this.#setbacks.set(key, { step, name, code, since, attempts: attempts + 1 });
  }

  #save(): Promise<void> {
    const { done: _done, did: _did, setbacks: _setbacks, ...rest } = this.#job.data;
    const data: OutcomeJob = { ...rest, did: [...this.#did], setbacks: Object.fromEntries(this.#setbacks) };
    return this.#job.save(data);
  }
}

/** A task that failed. */
export interface Failure extends Pick<Setback, 'step' | 'name'> {
  readonly key: string;
  readonly error: unknown;
}
