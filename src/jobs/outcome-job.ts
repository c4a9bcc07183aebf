/** Execute the outcome of an approval. */
export interface OutcomeJob {
  readonly approvalId: string;
  /**
   * Of the approval with this outcome. If Redis has a lower one, it lost the outcome and gets it from Kafka in a
   * moment.
   */
  readonly revision: number;
  /** In a job of an earlier version: the first so many steps are done. */
  readonly done?: number;
  /** What is done: numbers of steps, and names of what is no step of the rule. */
  readonly did?: readonly string[];
  /** What failed and is not done since, by the same keys. */
  readonly setbacks?: Readonly<Record<string, Setback>>;
}

/** What keeps a part of an outcome from being done. It names no person. */
export interface Setback {
  /** The step as rule files call it, or the name of what is no step. */
  readonly step: string;
  /** What the step is about, such as the path of a group. */
  readonly name: string | null;
  /** Of the last error; `UNKNOWN` for one without a code. */
  readonly code: string;
  /** Of the first failure, ms since 1970. */
  readonly since: number;
  /** Attempts that failed. */
  readonly attempts: number;
}
