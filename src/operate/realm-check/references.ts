import { conditionByKey } from '../../rules/conditions/index.ts';
import type { KeycloakRef } from '../../rules/keycloak-ref.ts';
import { comparisonsIn } from '../../rules/comparisons.ts';
import type { RoleRef, Rule, RuleFile } from '../../rules/model.ts';
import { type Place, placesOf } from '../../rules/load/places.ts';
import { waitsForVerified } from '../../rules/decide/verification.ts';
import { gateAction } from '../../rules/steps/gate.ts';
import { disablesNow, everyStep, referencesOf } from '../../rules/steps/index.ts';
import { guards } from './login-gate.ts';

/** Something that a rule file needs to find in Keycloak, and where the file says so. */
export type Reference = { readonly file: string; readonly at: Place } & (
  | KeycloakRef
  | { readonly kind: 'client'; readonly clientId: string }
  | { readonly kind: 'disabling' }
  | { readonly kind: 'verification'; readonly rule: string }
  | { readonly kind: 'ways-in'; readonly part: 'door' | 'gate' }
  | { readonly kind: 'gift'; readonly gift: Gift }
);

/** What a rule gives people that it lets in. */
export type Gift = { readonly group: string } | { readonly role: RoleRef };

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
  return [...clients, ...holdOf(file), ...file.rules.flatMap(inRule), ...firstWaysIn(file), ...giftsOf(file)];
}

/** With `hold: gate`, the file names the gate as a whole. */
function holdOf(file: RuleFile): Reference[] {
  const at = placesOf(file)[0] ?? { line: 1, col: 1, where: 'hold' };
  return file.hold === null
    ? []
    : [
        { file: file.file, at, kind: 'required-action', alias: gateAction, use: 'gate' },
        { file: file.file, at, kind: 'ways-in', part: 'gate' },
      ];
}

/** The first step that needs the door, and the first that needs the gate: for the others the same is true. */
function firstWaysIn(file: RuleFile): Reference[] {
  const steps = file.rules.filter(({ dryRun }) => !dryRun).flatMap((rule) => rule.then.map((step) => ({ rule, step })));
  const door = steps.find(({ step }) => step.uses === 'refuse-registration');
  const gate = steps.find(
    ({ step }) => step.uses === 'request-approval' && step.with.hold === 'gate' && step.after === null,
  );
  return [
    ...(door === undefined ? [] : [placedIn(door.rule, door.step)({ kind: 'ways-in', part: 'door' })]),
    ...(gate === undefined || file.hold !== null
      ? []
      : [placedIn(gate.rule, gate.step)({ kind: 'ways-in', part: 'gate' })]),
  ];
}

/** Only where the file keeps somebody out: else what it gives says nothing of who may come in. */
function giftsOf(file: RuleFile): Reference[] {
  if (!guards(file)) {
    return [];
  }
  return file.rules.flatMap((rule) =>
    everyStep(rule.then).flatMap((step): Reference[] => {
      const placed = placedIn(rule, step);
      switch (step.uses) {
        case 'join-group':
          return [placed({ kind: 'gift', gift: { group: step.with.group } })];
        case 'grant-role':
          return [placed({ kind: 'gift', gift: { role: step.with } })];
        default:
          return [];
      }
    }),
  );
}

function inRule(rule: Rule): Reference[] {
  const placed = (thing: object) => placedIn(rule, thing);
  const { name } = rule;
  return [
    ...comparisonsIn(rule.when).flatMap((condition) =>
      (conditionByKey.get(condition.key)?.references?.(condition.operand) ?? []).map(placed(condition)),
    ),
    ...everyStep(rule.then).flatMap((step) => referencesOf(step).map(placed(step))),
    ...rule.then.filter(disablesNow).map((step) => placed(step)({ kind: 'disabling' })),
    ...waitsForVerified(rule).map((step) => placed(step)({ kind: 'verification', rule: name })),
  ];
}

function placedIn({ file, line, name }: Rule, thing: object) {
  return (what: What): Reference => ({ file, at: placesOf(thing)[0] ?? { line, col: 1, where: name }, ...what });
}
