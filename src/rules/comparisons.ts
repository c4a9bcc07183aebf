import type { Condition } from './model.ts';

/** A condition that is not made of others. */
export type Comparison = Extract<Condition, { kind: 'is' }>;

/** All comparisons of a rule's condition, in the order in which they stand there. `null`: a rule without a condition. */
export function comparisonsIn(condition: Condition | null): readonly Comparison[] {
  if (condition === null) {
    return [];
  }
  switch (condition.kind) {
    case 'is':
      return [condition];
    case 'not':
      return comparisonsIn(condition.of);
    default:
      return condition.of.flatMap(comparisonsIn);
  }
}
