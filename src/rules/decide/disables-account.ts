import type { Step } from '../model.ts';
import { disablesNow } from '../steps/index.ts';

/** Whether one of these steps disables the account, at once. */
export function disablesAccount(steps: readonly Step[]): boolean {
  return steps.some(disablesNow);
}
