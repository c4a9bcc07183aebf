import { comparisonsIn } from '../comparisons.ts';
import { conditionByKey } from '../conditions/index.ts';
import type { RuleBook } from '../model.ts';

/** Whether a condition of the rules looks at the address that a registration came from. */
export function asksForAddress({ files }: RuleBook): boolean {
  const comparisons = files.flatMap(({ rules }) => rules.flatMap(({ when }) => comparisonsIn(when)));
  return comparisons.some(({ key, operand }) => conditionByKey.get(key)?.needsAddress?.(operand) === true);
}
