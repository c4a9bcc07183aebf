import type { Condition, RuleBook } from '../model.ts';

/** Whether a condition of the rules looks at the address that a registration came from. */
export function asksForAddress({ files }: RuleBook): boolean {
  return files.some(({ rules }) => rules.some(({ when }) => when !== null && looksAtAddress(when)));
}

function looksAtAddress(condition: Condition): boolean {
  switch (condition.kind) {
    case 'is':
      return condition.key === 'ip' || (condition.operand as { by?: unknown }).by === 'ip-range';
    case 'not':
      return looksAtAddress(condition.of);
    default:
      return condition.of.some(looksAtAddress);
  }
}
