import type { Problem } from '../../rules/load/problem.ts';

/** What is wrong with something that a rule names, and what to do about it. */
export type Fault = Pick<Problem, 'severity' | 'message'> & { readonly remedy: string };

export function error(message: string, remedy: string): Fault {
  return { severity: 'error', message, remedy };
}

export function warning(message: string, remedy: string): Fault {
  return { severity: 'warning', message, remedy };
}
