import type { Step } from '../model.ts';

/** What becomes of an account by its steps. Mails to the person and the gate's page say it. */
export interface Fate {
  /** The person cannot log in. */
  readonly closed: boolean;
  /** When name and address are free again; ms since 1970. */
  readonly deleted: 'now' | number | 'never';
}

/**
 * @param closed whether the person is kept out already
 * @param from when the steps begin
 */
export function fateOf(steps: readonly Step[], closed: boolean, from: number): Fate {
  const delays = steps.flatMap(({ uses, after }) => (uses === 'delete-user' ? [after ?? 0] : []));
  const soonest = Math.min(...delays);
  return {
    closed: closed || steps.some(({ uses, after }) => uses === 'disable-user' && after === null),
    deleted: delays.length === 0 ? 'never' : soonest === 0 ? 'now' : from + soonest,
  };
}
