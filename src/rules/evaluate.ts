import { conditionByKey } from './conditions/index.ts';
import type { Verdict } from './conditions/condition.ts';
import type { Condition, Facts } from './model.ts';

/**
 * Whether a condition holds, in three values: `unknown` only when what is missing could change the answer, so that a rule
 * whose other conditions already fail asks Keycloak nothing.
 */
export function evaluate(condition: Condition, facts: Facts): Verdict {
  switch (condition.kind) {
    case 'all':
      return several(condition.of, facts, false);
    case 'any':
      return several(condition.of, facts, true);
    case 'not': {
      const verdict = evaluate(condition.of, facts);
      return verdict.holds === 'unknown' ? verdict : { holds: !verdict.holds, because: `not (${verdict.because})` };
    }
    case 'is': {
      const kind = conditionByKey.get(condition.key);
      if (kind === undefined) {
        throw new TypeError(`no such condition: ${condition.key}`);
      }
      return kind.test(condition.operand, facts);
    }
  }
}

/** `decisive` is the value that settles the matter alone: true for `any`, false for `all`. */
function several(conditions: readonly Condition[], facts: Facts, decisive: boolean): Verdict {
  let unknown: Verdict | undefined;
  const reasons: string[] = [];
  for (const condition of conditions) {
    const verdict = evaluate(condition, facts);
    if (verdict.holds === decisive) {
      return verdict;
    }
    if (verdict.holds === 'unknown') {
      unknown ??= verdict;
    } else {
      reasons.push(verdict.because);
    }
  }
  return unknown ?? { holds: !decisive, because: reasons.join(', and ') };
}
