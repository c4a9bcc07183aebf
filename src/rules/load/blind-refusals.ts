import { conditionOf } from '../door/compile-policy.ts';
import type { DoorCondition } from '../door/policy.ts';
import type { Rule } from '../model.ts';
import { placesOf } from './places.ts';
import type { Report } from './report.ts';

/**
 * Warns of refusals that can never happen at the door, so that the account is made first, and waits at the gate. Where the
 * file says "hold: gate", that is what its author wants.
 */
export function findBlindRefusals(report: Report, rules: readonly Rule[], hold: 'gate' | null): void {
  if (hold === 'gate') {
    return;
  }
  let blocking: Rule | null = null;
  for (const rule of rules) {
    const when = rule.when === null ? null : conditionOf(rule.when);
    const [step] = rule.then;
    if (step?.uses === 'refuse-registration' && !rule.dryRun) {
      const because =
        blocking !== null
          ? `"${blocking.name}" before it cannot be judged there`
          : when !== null && !canBe(when, true)
            ? 'its "when" cannot be judged there'
            : null;
      if (because !== null) {
        const message = `nobody can be refused before there is an account: ${because}`;
        report.warn(
          placesOf(step)[0],
          message,
          'people wait at the gate instead. To refuse them at the form, judge by what is known there, in a rule before it',
        );
      }
    }
    blocking ??= when !== null && !canBe(when, false) ? rule : null;
  }
}

/** Whether what is known at the door can settle a condition so. */
function canBe(condition: DoorCondition, value: boolean): boolean {
  switch (condition.kind) {
    case 'is':
      return true;
    case 'unknown':
      return false;
    case 'not':
      return canBe(condition.of, !value);
    default: {
      const decisive = condition.kind === 'any';
      const one = (inner: DoorCondition): boolean => canBe(inner, value);
      return value === decisive ? condition.of.some(one) : condition.of.every(one);
    }
  }
}
