import { conditionByKey } from '../conditions/index.ts';
import type { Condition, Facts, Missing } from '../model.ts';

export type Evaluation =
  | { readonly holds: boolean; readonly because: string; readonly grounds: string }
  | { readonly holds: 'unknown'; readonly missing: Missing };

/**
 * Whether a condition holds: true, false or `unknown`. It is `unknown` only when a missing fact could change the
 * answer. So a rule whose other conditions already fail asks Keycloak nothing.
 */
export function evaluate(condition: Condition, facts: Facts): Evaluation {
  if (condition.kind === 'is') {
    return one(condition.key, condition.operand, facts);
  }
  if (condition.kind === 'not') {
    const inner = evaluate(condition.of, facts);
    return inner.holds === 'unknown'
      ? inner
      : { holds: !inner.holds, because: `not (${inner.because})`, grounds: `not (${inner.grounds})` };
  }
  return several(condition.of, facts, condition.kind === 'any');
}

function one(key: string, operand: unknown, facts: Facts): Evaluation {
  const kind = conditionByKey.get(key);
  if (kind === undefined) {
    throw new TypeError(`no such condition: ${key}`);
  }
  const verdict = kind.test(operand, facts);
  return verdict.holds === 'unknown' ? verdict : { holds: verdict.holds, because: verdict.because, grounds: key };
}

/** @param decisive one condition with this value decides alone: true for `any`, false for `all` */
function several(conditions: readonly Condition[], facts: Facts, decisive: boolean): Evaluation {
  let unknown: Evaluation | undefined;
  const reasons: string[] = [];
  const grounds: string[] = [];
  for (const condition of conditions) {
    const evaluation = evaluate(condition, facts);
    if (evaluation.holds === decisive) {
      return evaluation;
    }
    if (evaluation.holds === 'unknown') {
      unknown ??= evaluation;
    } else {
      reasons.push(evaluation.because);
      grounds.push(evaluation.grounds);
    }
  }
  return unknown ?? { holds: !decisive, because: reasons.join(', and '), grounds: grounds.join(', ') };
}
