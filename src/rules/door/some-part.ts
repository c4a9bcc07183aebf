import type { DoorCondition } from './policy.ts';

type Part = Exclude<DoorCondition, { kind: 'all' | 'any' | 'not' }>;

/** Whether some part of a condition, of those that are not made of others, is so. `null`: a rule without a condition. */
export function somePart(condition: DoorCondition | null, isSo: (part: Part) => boolean): boolean {
  if (condition === null) {
    return false;
  }
  switch (condition.kind) {
    case 'is':
    case 'unknown':
      return isSo(condition);
    case 'not':
      return somePart(condition.of, isSo);
    default:
      return condition.of.some((part) => somePart(part, isSo));
  }
}
