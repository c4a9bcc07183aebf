import type { Execution } from './execution.ts';
import { creationsOf, doorSteps, stateOf, type DoorStep, type Way } from './steps.ts';

/** A flow by which people get an account of their own. */
export interface WayIn {
  readonly way: Way;
  readonly flow: string;
  /** The identity providers that use it; none for the registration form. */
  readonly through: readonly string[];
  /** `null`: Keycloak cannot list them. It lacks the provider of one. */
  readonly steps: readonly Execution[] | null;
}

/** In which flows a part is not in force, in words. */
export function flowsWithout(part: DoorStep['part'], waysIn: readonly WayIn[]): readonly string[] {
  return waysIn.flatMap((wayIn) => {
    const { way, flow, through, steps } = wayIn;
    const name =
      way === 'form'
        ? `the registration form (flow "${flow}"`
        : `${through.length === 1 ? 'the identity provider' : 'the identity providers'} ${through.join(', ')} (flow "${flow}"`;
    if (steps === null) {
      return [`${name}, which Keycloak cannot list: it lacks the provider of a step)`];
    }
    const several = creationsOf(steps, way).length > 1;
    const faults = doorSteps
      .filter((step) => step.way === way && step.part === part)
      .flatMap((step) => {
        const state = stateOf(steps, step);
        // Keycloak's own step is what makes users of an identity provider. A flow without it only links accounts.
        return state === 'on' || (way === 'broker' && state === 'no-creation')
          ? []
          : [`${step.id} ${several && state !== 'no-creation' ? words.several : words[state]}`];
      });
    return faults.length === 0 ? [] : [`${name}: ${faults.join(', ')})`];
  });
}

const words = {
  off: 'is switched off',
  none: 'is not there',
  misplaced: 'stands where it has no effect',
  'no-creation': 'has no place: no form with the step that creates the user',
  several: 'does not guard each of the steps that create a user',
  alternatives: 'has no place: alternatives at the top of the flow',
} as const;
