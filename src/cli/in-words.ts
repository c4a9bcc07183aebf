import { formatDuration } from '../platform/duration.ts';
import type { Step } from '../rules/model.ts';

/** `delete-user after 30d`, `join-group {"group":"/partners"}` */
export function inWords({ uses, with: operand, after }: Step): string {
  const told = operand === null ? '' : ` ${JSON.stringify(operand)}`;
  return `${uses}${told}${after === null ? '' : ` after ${formatDuration(after)}`}`;
}
