import { conditionByKey } from '../conditions/index.ts';
import type { Condition, Facts, Missing } from '../model.ts';

export type Evaluation =
  | {
      readonly holds: boolean;
      readonly because: string;
      readonly grounds: string;
      readonly asked?: readonly string[] | undefined;
    }
  | { readonly holds: 'unknown'; readonly missing: Missing };

type Unknown = Extract<Evaluation, { holds: 'unknown' }>;

/**
 * Whether a condition holds: true, false or `unknown`. It is `unknown` only when a missing fact could change the
 * answer. So a rule whose other conditions already fail asks nobody.
 */
export function evaluate(condition: Condition, facts: Facts): Evaluation {
  if (condition.kind === 'is') {
    return one(condition.key, condition.operand, facts);
  }
  if (condition.kind === 'not') {
    const inner = evaluate(condition.of, facts);
    return inner.holds === 'unknown'
      ? inner
      : {
          holds: !inner.holds,
          because: `not (${inner.because})`,
          grounds: `not (${inner.grounds})`,
          asked: inner.asked,
        };
  }
  return several(condition.of, facts, condition.kind === 'any');
}

function one(key: string, operand: unknown, facts: Facts): Evaluation {
  const kind = conditionByKey.get(key);
  if (kind === undefined) {
    throw new TypeError(`no such condition: ${key}`);
  }
  const verdict = kind.test(operand, facts);
  if (verdict.holds === 'unknown') {
    return verdict;
  }
  const { holds, because, asked } = verdict;
  return asked === undefined ? { holds, because, grounds: key } : { holds, because, grounds: key, asked: [asked] };
}

/** @param decisive one condition with this value decides alone: true for `any`, false for `all` */
function several(conditions: readonly Condition[], facts: Facts, decisive: boolean): Evaluation {
  let unknown: Unknown | undefined;
  const reasons: string[] = [];
  const grounds: string[] = [];
  const asked: string[] = [];
  for (const condition of conditions) {
    const evaluation = evaluate(condition, facts);
    if (evaluation.holds === decisive) {
      return evaluation;
    }
    if (evaluation.holds === 'unknown') {
      unknown = cheaper(unknown, evaluation);
    } else {
      reasons.push(evaluation.because);
      grounds.push(evaluation.grounds);
      asked.push(...(evaluation.asked ?? []));
    }
  }
  const because = reasons.join(', and ');
  return unknown ?? { holds: !decisive, because, grounds: grounds.join(', '), ...(asked.length > 0 && { asked }) };
}

const costs = { user: 0, count: 1, external: 2, headers: 3 } as const;

/**
 * What is cheap is found out first: it may settle the answer, and then nobody is asked. Nobody can ask for headers later,
 * so they come last.
 */
function cheaper(left: Unknown | undefined, right: Unknown): Unknown {
  return left === undefined || costs[right.missing.what] < costs[left.missing.what] ? right : left;
}
