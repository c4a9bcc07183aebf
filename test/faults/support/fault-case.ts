import type { Scene } from './scene.ts';

export interface FaultCase {
  /** For `--only`, and the first column of the table. */
  readonly name: string;
  /** What breaks, in one line. */
  readonly breaks: string;
  /** Number of the promise in docs/reliability.md that this proves. */
  readonly proves: readonly `P${number}`[];
  /** It takes seconds and hurts no server that others use: then `npm test` runs it too. */
  readonly fast?: true;
  /** It crashes or freezes servers of the stack, which therefore must be the suite's own. */
  readonly ownStack?: true;
  /** It kills its Keycloak, which therefore is its own and has a PostgreSQL. Where that is not installed, it is skipped. */
  readonly ownKeycloak?: true;
  /** Longest time from a registration to the closed door, in ms; without: the outage is as long as the case makes it. */
  readonly exposureMs?: number;
  /**
   * The same mail may come twice, with the same id: a server took it and could not say so, or Redis lost that it was sent
   * before Kafka knew.
   */
  readonly mailTwice?: true;
  /** So many jobs are given up, and have to be: docs/reliability.md says why. */
  readonly givesUp?: number;
  /** Breaks it, heals it, and states with `scene.claim` what had to hold meanwhile. The judge comes afterwards. */
  readonly run: (scene: Scene) => Promise<void>;
}
