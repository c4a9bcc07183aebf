import { conditionByKey } from '../conditions/index.ts';
import type { Condition, RuleBook } from '../model.ts';

/** Whether a condition of the rules looks at the address that a registration came from. */
export function asksForAddress({ files }: RuleBook): boolean {
  return files.some(({ rules }) => rules.some(({ when }) => when !== null && looksAtAddress(when)));
}

function looksAtAddress(condition: Condition): boolean {
  switch (condition.kind) {
    case 'is':
      return conditionByKey.get(condition.key)?.needsAddress?.(condition.operand) === true;
    case 'not':
      return looksAtAddress(condition.of);
    default:
      return condition.of.some(looksAtAddress);
  }
}
