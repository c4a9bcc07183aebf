import { comparisonsIn } from '../comparisons.ts';
import { conditionByKey } from '../conditions/index.ts';
import { byRank, entriesOf } from '../decide/choose.ts';
import type { Condition, Rule, RuleBook, RuleFile } from '../model.ts';
import { holdsAtGate } from '../steps/gate.ts';
import type { DoorCondition, DoorList, DoorPolicy, DoorRule } from './policy.ts';
import { somePart } from './some-part.ts';

/** The part of the rules that can be known before there is an account, for the Keycloak provider. Pure. */
export function compilePolicy(book: RuleBook): DoorPolicy {
  const places = new Map(book.files.map((file, index) => [file, index]));
  return {
    format: 1,
    version: book.version,
    entries: entriesOf(book)
      .toSorted(byRank)
      .map(({ realm, client, file }) => ({ realm, client, list: places.get(file) ?? -1 })),
    lists: book.files.map(listOf),
  };
}

function listOf({ file, hold, rules: given }: RuleFile): DoorList {
  const rules = given.map((rule) => ruleOf(rule, hold === 'gate'));
  return { file, hold: hold === 'gate' || hidesStricter(rules), rules };
}

/**
 * Whether a rule that keeps people out, or at the gate, may decide where the door cannot know it. Nobody is in before it
 * has: whom the door cannot decide about waits at the gate, also where the file does not say so.
 */
function hidesStricter(rules: readonly DoorRule[]): boolean {
  const lastStrict = rules.findLastIndex(({ door }) => door !== 'open');
  return rules.slice(0, lastStrict + 1).some(({ when }) => somePart(when, ({ kind }) => kind === 'unknown'));
}

function ruleOf({ name, line, when, then, dryRun }: Rule, holds: boolean): DoorRule {
  const rule = { rule: name, line, when: when === null ? null : conditionOf(when) };
  const [refusal] = then.flatMap((step) => (step.uses === 'refuse-registration' ? [step.with] : []));
  if (refusal !== undefined && !dryRun) {
    return { ...rule, door: 'refuse', message: refusal.message, field: when === null ? null : fieldOf(when) };
  }
  return { ...rule, door: holds || (!dryRun && then.some(holdsAtGate)) ? 'gate' : 'open' };
}

/** A condition as the provider reads it. */
export function conditionOf(condition: Condition): DoorCondition {
  switch (condition.kind) {
    case 'is':
      return conditionByKey.get(condition.key)?.atDoor?.(condition.operand) ?? { kind: 'unknown' };
    case 'not':
      return { kind: 'not', of: conditionOf(condition.of) };
    default:
      return { kind: condition.kind, of: condition.of.map(conditionOf) };
  }
}

/** The field of the form that a person would have to change. */
function fieldOf(when: Condition): 'email' | 'username' | null {
  const keys = comparisonsIn(when).map(({ key }) => key);
  return keys.includes('email') || keys.includes('email-domain')
    ? 'email'
    : keys.includes('username')
      ? 'username'
      : null;
}
