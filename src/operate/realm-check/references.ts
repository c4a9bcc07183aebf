import { conditionByKey } from '../../rules/conditions/index.ts';
import type { KeycloakRef } from '../../rules/keycloak-ref.ts';
import type { Condition, Rule, RuleFile } from '../../rules/model.ts';
import { type Place, placesOf } from '../../rules/load/places.ts';
import { waitsForVerified } from '../../rules/decide/verification.ts';
import { disablesNow, everyStep, referencesOf } from '../../rules/steps/index.ts';

/** Something that a rule file needs to find in Keycloak, and where the file says so. */
export type Reference = { readonly file: string; readonly at: Place } & (
  | KeycloakRef
  | { readonly kind: 'client'; readonly clientId: string }
  | { readonly kind: 'disabling' }
  | { readonly kind: 'verification'; readonly rule: string }
);

type What = Reference extends infer Each ? (Each extends Reference ? Omit<Each, 'file' | 'at'> : never) : never;

const top: Place = { line: 1, col: 1, where: '' };

/** Everything that a file names, in its order. */
export function referencesIn(file: RuleFile): Reference[] {
  const clients = file.clients.map((clientId, index): Reference => ({
    file: file.file,
    at: placesOf(file.clients)[index] ?? top,
    kind: 'client',
    clientId,
  }));
  return [...clients, ...file.rules.flatMap(inRule)];
}

function inRule(rule: Rule): Reference[] {
  const { file, line, name } = rule;
  const placed =
    (thing: object) =>
    (what: What): Reference => ({ file, at: placesOf(thing)[0] ?? { line, col: 1, where: name }, ...what });
  const conditions = rule.when === null ? [] : comparisons(rule.when);
  return [
    ...conditions.flatMap((condition) =>
      (conditionByKey.get(condition.key)?.references?.(condition.operand) ?? []).map(placed(condition)),
    ),
    ...everyStep(rule.then).flatMap((step) => referencesOf(step).map(placed(step))),
    ...rule.then.filter(disablesNow).map((step) => placed(step)({ kind: 'disabling' })),
    ...waitsForVerified(rule).map((step) => placed(step)({ kind: 'verification', rule: name })),
  ];
}

type Comparison = Extract<Condition, { kind: 'is' }>;

function comparisons(condition: Condition): Comparison[] {
  switch (condition.kind) {
    case 'is':
      return [condition];
    case 'not':
      return comparisons(condition.of);
    default:
      return condition.of.flatMap(comparisons);
  }
}
