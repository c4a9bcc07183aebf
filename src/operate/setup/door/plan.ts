import { isDeepStrictEqual } from 'node:util';

import { creationsOf, doorSteps, type NoPlace, stateOf, type StepState, straysOf, type Way } from '../../door/steps.ts';
import type { Execution } from '../../door/execution.ts';
import type { Plan } from '../realm-state.ts';
import { gateId } from '../plan-gate.ts';
import { type Binding, copyNameOf, type DoorChange, type DoorState, type FlowState, markOf } from './state.ts';

export interface DoorPlan extends Omit<Plan, 'changes'> {
  readonly changes: readonly DoorChange[];
}

/** Of Keycloak's table of flows: for the name, and for the description. */
const longest = 255;

/** As long as the one that the copy gets. */
const anyId = '00000000-0000-0000-0000-000000000000';

/** What has to change so that every way to an account passes the door and the gate. Pure. */
export function planDoor(state: DoorState): DoorPlan {
  if (state.lacking.length > 0) {
    const obstacle = `This Keycloak has no ${state.lacking.join(', ')}: put vestibule-keycloak.jar of this version into its providers/ folder and run "kc.sh build"; keycloak/README.md tells more.`;
    return { changes: [], notes: [], obstacles: [obstacle] };
  }
  const plans = state.flows.filter(({ bound }) => bound.length > 0).map((flow) => planFlow(flow, state));
  return {
    changes: plans.flatMap(({ changes }) => changes),
    notes: plans.flatMap(({ notes }) => notes),
    obstacles: plans.flatMap(({ obstacles }) => obstacles),
  };
}

const nothing: DoorPlan = { changes: [], notes: [], obstacles: [] };
const obstacle = (text: string): DoorPlan => ({ ...nothing, obstacles: [text] });

function planFlow(flow: FlowState, state: DoorState): DoorPlan {
  const name = `${flow.way === 'form' ? 'registration flow' : 'first login flow'} "${flow.alias}"`;
  if (flow.steps === null) {
    return obstacle(
      `Keycloak cannot list the steps of the ${name}: it lacks the provider of one. Install that provider, or take the step out.`,
    );
  }
  const states = statesOf(flow);
  if (states.includes('no-creation')) {
    return flow.way === 'form'
      ? obstacle(
          `The ${name} has no form with the step that creates the user ("Registration User Profile Creation"), so there is no place for the door.`,
        )
      : {
          ...nothing,
          notes: [
            `The ${name} has no step "Create User If Unique" in force, so it gets no door. If something else in it creates users, they pass by the door.`,
          ],
        };
  }
  if (states.includes('alternatives')) {
    return obstacle(
      `The ${name} has alternatives at its top, and Keycloak ignores alternatives beside a required step. Put them into a sub-flow that is required (Authentication > Flows), then run this again.`,
    );
  }
  if (states.every((each) => each === 'on')) {
    return flow.madeFrom === null ? nothing : { ...nothing, changes: placing(flow.way, flow.steps, flow.alias) };
  }
  if (creationsOf(flow.steps, flow.way).length > 1) {
    return obstacle(
      `The ${name} has several enabled steps that create a user: switch off all but one (Authentication > Flows), then run this again.`,
    );
  }
  if (flow.madeFrom !== null) {
    return { ...nothing, changes: placing(flow.way, flow.steps, flow.alias) };
  }
  return planCopy(flow, state, name);
}

function planCopy(flow: FlowState, { flows, aliases }: DoorState, name: string): DoorPlan {
  const copy = copyNameOf(flow.alias);
  if (Math.max(copy.length, markOf(flow.alias, anyId).length) > longest) {
    return obstacle(`The name of the ${name} is too long for a copy: shorten it.`);
  }
  const before = flows.find((each) => each.alias === copy && (each.madeFrom === flow.alias || isHalfMade(each, flow)));
  if (before === undefined && aliases.includes(copy)) {
    return obstacle(
      `There is a flow "${copy}" that is not known as a copy of "${flow.alias}": somebody else made it, or changed it after a set-up broke off. Rename or delete it.`,
    );
  }
  const copying: DoorChange[] =
    before?.madeFrom === flow.alias
      ? []
      : [{ kind: before === undefined ? 'copy-flow' : 'mark-flow', flow: copy, copyOf: flow.alias }];
  const binding = flow.bound.map((to): DoorChange => ({ kind: 'bind-flow', flow: copy, to }));
  const steps = (before ?? flow).steps ?? [];
  return { ...nothing, changes: [...copying, ...placing(flow.way, steps, copy), ...binding] };
}

/** Whether a set-up broke off before it marked this copy: nobody uses it, and it differs in no step but in ours. */
function isHalfMade({ madeFrom, bound, steps }: FlowState, origin: FlowState): boolean {
  const others = (all: readonly Execution[] | null) =>
    all?.filter(({ provider }) => !doorSteps.some(({ id }) => id === provider)) ?? null;
  return madeFrom === null && bound.length === 0 && isDeepStrictEqual(others(steps), others(origin.steps));
}

function statesOf({ way, steps }: FlowState): readonly (StepState | NoPlace)[] {
  return stepsOf(way).map((step) => stateOf(steps ?? [], step));
}

function stepsOf(way: Way) {
  return doorSteps.filter((step) => step.way === way);
}

/** What these steps lack, to be mended in the flow `target`. */
function placing(way: Way, steps: readonly Execution[], target: string): DoorChange[] {
  return stepsOf(way).flatMap((step): DoorChange[] => {
    const state = stateOf(steps, step);
    const was = state === 'on' && straysOf(steps, step).length > 0 ? 'doubled' : state;
    return was === 'doubled' || was === 'off' || was === 'none' || was === 'misplaced'
      ? [{ kind: 'place-step', flow: target, step: step.id, was }]
      : [];
  });
}

/**
 * What has to change so that the realm is as it was before `setup --door`. Pure.
 * @param tookDefault whether `setup --door` took the gate from the default actions
 */
export function planRemoval(
  { flows, aliases }: Pick<DoorState, 'flows' | 'aliases'>,
  waiting: number,
  tookDefault: boolean,
): DoorPlan {
  const copies = flows.flatMap((flow) => (flow.madeFrom === null ? [] : [{ ...flow, origin: flow.madeFrom }]));
  const orphans = copies.filter(({ origin, bound }) => bound.length > 0 && !aliases.includes(origin));
  const obstacles = [
    ...orphans.map(
      ({ alias, origin, bound }) =>
        `The flow "${origin}", from which "${alias}" was made, is gone. Bind another flow to ${bound.map(nameOf).join(', ')}, then run this again.`,
    ),
    ...(waiting > 0 && copies.length > 0
      ? [
          `${waiting} ${waiting === 1 ? 'person waits' : 'people wait'} at the gate. Decide about them first, or add --while-people-wait: they stay at the gate until somebody lets them in.`,
        ]
      : []),
  ];
  const changes: DoorChange[] = [
    // First, so that the realm is never open to those whom it held before.
    ...(tookDefault ? [{ kind: 'restore-gate-default' } as const] : []),
    ...copies.flatMap(({ origin, bound }) => bound.map((to): DoorChange => ({ kind: 'bind-flow', flow: origin, to }))),
    ...copies.map(({ alias }): DoorChange => ({ kind: 'delete-flow', flow: alias })),
  ];
  return { changes, notes: [], obstacles };
}

export function describeDoor(change: DoorChange): string {
  switch (change.kind) {
    case 'copy-flow':
      return `copy the flow "${change.copyOf}" to "${change.flow}"`;
    case 'mark-flow':
      return `go on with the flow "${change.flow}", which has the steps of "${change.copyOf}": a set-up broke off`;
    case 'place-step':
      return {
        none: `add the step "${change.step}" to the flow "${change.flow}", required`,
        off: `switch on the step "${change.step}" of the flow "${change.flow}"`,
        doubled: `take the step "${change.step}" of the flow "${change.flow}" away where it has no effect`,
        misplaced: `move the step "${change.step}" of the flow "${change.flow}" to where it has an effect`,
      }[change.was];
    case 'bind-flow':
      return `bind the flow "${change.flow}" as ${nameOf(change.to)}`;
    case 'delete-flow':
      return `delete the flow "${change.flow}", which "setup --door" made`;
    case 'restore-gate-default':
      return `make "${gateId}" a default action again, as before "setup --door": it then holds every new user of the realm`;
  }
}

function nameOf(binding: Binding): string {
  switch (binding.kind) {
    case 'registration':
      return "the realm's registration";
    case 'broker-default':
      return "the realm's first login of identity providers";
    case 'provider':
      return `the first login of the identity provider "${binding.provider}"`;
  }
}
