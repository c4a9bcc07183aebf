import type { Execution } from './execution.ts';

/** How people get an account of their own: by the registration form, or through an identity provider. */
export type Way = 'form' | 'broker';

/**
 * `right-after`: with nothing in between. Where no step in between shows a page, the account and its hold come to be in
 * one transaction.
 */
export type Side = 'before' | 'after' | 'right-after';

/** A step of the provider, and where it belongs in a flow. */
export interface DoorStep {
  readonly id: string;
  readonly way: Way;
  /** `door` refuses before there is an account, `gate` holds the new account. */
  readonly part: 'door' | 'gate';
  /** The step of Keycloak's beside which it stands; `form`: the form as a whole. */
  readonly beside: 'creation' | 'form';
  readonly side: Side;
}

const creations: Readonly<Record<Way, string>> = {
  form: 'registration-user-creation',
  broker: 'idp-create-user-if-unique',
};

/** In the order in which a person passes them. */
export const doorSteps: readonly DoorStep[] = [
  { id: 'vestibule-door', way: 'form', part: 'door', beside: 'form', side: 'before' },
  { id: 'vestibule-door-form', way: 'form', part: 'door', beside: 'creation', side: 'before' },
  { id: 'vestibule-gate', way: 'form', part: 'gate', beside: 'creation', side: 'after' },
  { id: 'vestibule-door-broker', way: 'broker', part: 'door', beside: 'creation', side: 'before' },
  { id: 'vestibule-gate-broker', way: 'broker', part: 'gate', beside: 'creation', side: 'right-after' },
];

/** In force, switched off, not there, or where it has no effect. */
export type StepState = 'on' | 'off' | 'none' | 'misplaced';

/** `no-creation`: nothing in the flow makes a user. `alternatives`: no place where every new user passes. */
export type NoPlace = 'no-creation' | 'alternatives';

/** Where a step belongs: among the children of `parent` (-1: the top of the flow), before or after `anchor`. */
export interface StepPlace {
  readonly anchor: number;
  readonly parent: number;
}

/** Where the step belongs in a flow, nearest to the step that creates the user. */
export function placeFor(steps: readonly Execution[], step: DoorStep): StepPlace | NoPlace | 'several-creations' {
  const [creation, another] = creationsOf(steps, step.way);
  if (creation === undefined || another !== undefined) {
    return creation === undefined ? 'no-creation' : 'several-creations';
  }
  const places = placesFor(steps, step, creation);
  return typeof places === 'string' ? places : (places[0] ?? 'alternatives');
}

/** Where the step stands besides its place, as after a set-up that broke off while it moved the step. */
export function straysOf(steps: readonly Execution[], step: DoorStep): readonly number[] {
  const place = placeFor(steps, step);
  const found = steps.flatMap(({ provider }, index) => (provider === step.id ? [index] : []));
  const strays = typeof place === 'string' ? [] : found.filter((index) => parentOf(steps, index) !== place.parent);
  return strays.length < found.length ? strays : [];
}

const worstFirst = ['no-creation', 'alternatives', 'none', 'misplaced', 'off', 'on'] as const;

/** Where several steps create users, the worst counts: people pass each of them. */
export function stateOf(steps: readonly Execution[], step: DoorStep): StepState | NoPlace {
  const states = creationsOf(steps, step.way).map((creation) => stateAt(steps, step, creation));
  return worstFirst.find((state) => states.includes(state)) ?? 'no-creation';
}

/** The steps that create users, without those that are switched off. */
export function creationsOf(steps: readonly Execution[], way: Way): readonly number[] {
  return steps.flatMap(({ provider }, index) =>
    provider === creations[way] && lineageOf(steps, index).every((at) => steps[at]?.requirement !== 'DISABLED')
      ? [index]
      : [],
  );
}

function stateAt(steps: readonly Execution[], step: DoorStep, creation: number): StepState | NoPlace {
  const places = placesFor(steps, step, creation);
  if (typeof places === 'string') {
    return places;
  }
  if (places.length === 0) {
    return 'alternatives';
  }
  const found = steps.flatMap(({ provider }, index) => (provider === step.id ? [index] : []));
  if (found.length === 0) {
    return 'none';
  }
  const effective = found.filter((index) => isAtOneOf(places, steps, index, step.side));
  return effective.length === 0
    ? 'misplaced'
    : effective.some((index) => steps[index]?.requirement === 'REQUIRED')
      ? 'on'
      : 'off';
}

/** The sub-flow that a step stands in; -1: the top. Keycloak lists steps flat, each with the depth it stands at. */
export function parentOf(steps: readonly Pick<Execution, 'level'>[], index: number): number {
  const level = steps[index]?.level ?? 0;
  return steps.slice(0, Math.max(index, 0)).findLastIndex((step) => step.level === level - 1);
}

export function isAt({ anchor, parent }: StepPlace, steps: readonly Execution[], index: number, side: Side): boolean {
  const isBeside = parentOf(steps, index) === parent && (side === 'before' ? index < anchor : index > anchor);
  return isBeside && (side !== 'right-after' || followers(steps, anchor).every((at) => at >= index));
}

/** The steps beside this one that Keycloak may run after it. Of alternatives, it runs none after one that succeeded. */
function followers(steps: readonly Execution[], index: number): readonly number[] {
  const parent = parentOf(steps, index);
  return steps[index]?.requirement === 'ALTERNATIVE'
    ? []
    : steps.flatMap(({ requirement }, at) =>
        at > index && parentOf(steps, at) === parent && requirement !== 'DISABLED' ? [at] : [],
      );
}

function isAtOneOf(places: readonly StepPlace[], steps: readonly Execution[], index: number, side: Side): boolean {
  return places.some((place) => isAt(place, steps, index, side));
}

function placesFor(
  steps: readonly Execution[],
  { way, beside, side }: DoorStep,
  creation: number,
): readonly StepPlace[] | NoPlace {
  const form = parentOf(steps, creation);
  if (way === 'form' && form < 0) {
    return 'no-creation';
  }
  // A form runs all of its actions. So there a step has one place, beside the action that creates the user.
  const anchors =
    way === 'form' && beside === 'creation' ? [creation] : lineageOf(steps, beside === 'form' ? form : creation);
  // Keycloak ignores alternatives beside a required step.
  const passed = anchors.filter((at, depth) => {
    const goesOn =
      side === 'right-after' && anchors.slice(0, depth).some((inner) => followers(steps, inner).length > 0);
    return steps[at]?.requirement !== 'ALTERNATIVE' && !goesOn;
  });
  return passed.map((anchor) => ({ anchor, parent: parentOf(steps, anchor) }));
}

/** A step, and the sub-flows around it, the innermost first. */
function lineageOf(steps: readonly Execution[], index: number): number[] {
  return index < 0 ? [] : [index, ...lineageOf(steps, parentOf(steps, index))];
}
