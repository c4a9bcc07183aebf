import type { Condition, RoleRef, Rule, RuleFile, Step } from '../../rules/model.ts';
import { type Place, placesOf } from '../../rules/load/places.ts';
import { waitsForVerified } from '../../rules/decide/verification.ts';
import { gateId } from '../setup/plan-gate.ts';

/** Something of Keycloak's that a rule file names, and where. */
export type Reference = { readonly file: string; readonly at: Place } & (
  | { readonly kind: 'client'; readonly clientId: string }
  | { readonly kind: 'group'; readonly path: string }
  | { readonly kind: 'role'; readonly role: RoleRef }
  | { readonly kind: 'required-action'; readonly alias: string; readonly use: 'add' | 'remove' | 'gate' }
  | { readonly kind: 'attribute'; readonly name: string; readonly use: 'compared' | 'set' }
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
    ...conditions.flatMap((condition) => ofCondition(condition).map(placed(condition))),
    ...allSteps(rule.then).flatMap((step) => ofStep(step).map(placed(step))),
    ...rule.then.filter(disables).map((step) => placed(step)({ kind: 'disabling' })),
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

function ofCondition({ key, operand }: Comparison): What[] {
  return key === 'attribute'
    ? Object.keys(operand as object).map((name) => ({ kind: 'attribute', name, use: 'compared' }))
    : [];
}

/** With those that follow an approval. */
function allSteps(steps: readonly Step[]): Step[] {
  return steps.flatMap((step) =>
    step.uses === 'request-approval'
      ? [step, ...allSteps([...step.with.approved, ...step.with.rejected, ...step.with.expired])]
      : [step],
  );
}

function disables(step: Step): boolean {
  return (
    step.after === null &&
    (step.uses === 'disable-user' || (step.uses === 'request-approval' && step.with.hold === 'account'))
  );
}

function ofStep(step: Step): What[] {
  switch (step.uses) {
    case 'join-group':
    case 'leave-group':
      return [{ kind: 'group', path: step.with.group }];
    case 'grant-role':
    case 'revoke-role':
      return [{ kind: 'role', role: step.with }];
    case 'add-required-action':
      return [{ kind: 'required-action', alias: step.with.action, use: 'add' }];
    case 'remove-required-action':
      return [{ kind: 'required-action', alias: step.with.action, use: 'remove' }];
    case 'set-user-attribute':
      return [{ kind: 'attribute', name: step.with.name, use: 'set' }];
    case 'request-approval': {
      const { approvers, hold } = step.with;
      return [
        ...approvers.flatMap((approver): What[] =>
          'group' in approver
            ? [{ kind: 'group', path: approver.group }]
            : 'role' in approver
              ? [{ kind: 'role', role: { role: approver.role } }]
              : [],
        ),
        ...(hold === 'gate' ? [{ kind: 'required-action', alias: gateId, use: 'gate' } as const] : []),
      ];
    }
    default:
      return [];
  }
}
