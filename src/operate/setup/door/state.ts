import type { Execution } from '../../door/execution.ts';
import type { Way } from '../../door/steps.ts';

/** What uses a flow. `broker-default` is the realm's choice for identity providers that name no flow. */
export type Binding =
  | { readonly kind: 'registration' }
  | { readonly kind: 'broker-default' }
  | { readonly kind: 'provider'; readonly provider: string };

export interface FlowState {
  readonly alias: string;
  readonly way: Way;
  readonly builtIn: boolean;
  /** The flow that `setup --door` copied this one from; `null`: it did not make this one. */
  readonly madeFrom: string | null;
  readonly bound: readonly Binding[];
  /** `null`: Keycloak cannot list them. It lacks the provider of one. */
  readonly steps: readonly Execution[] | null;
}

/** How the flows of a realm stand. */
export interface DoorState {
  /** Parts of the Keycloak provider that this server lacks. */
  readonly lacking: readonly string[];
  /** Flows that are bound, and copies that `setup --door` made. */
  readonly flows: readonly FlowState[];
  /** Every flow of the realm: a copy needs a name of its own. */
  readonly aliases: readonly string[];
}

export type DoorChange =
  | { readonly kind: 'copy-flow'; readonly flow: string; readonly copyOf: string }
  | {
      readonly kind: 'place-step';
      readonly flow: string;
      readonly step: string;
      /** `doubled`: also where it has no effect. A set-up broke off while it moved the step. */
      readonly was: 'off' | 'none' | 'misplaced' | 'doubled';
    }
  | { readonly kind: 'bind-flow'; readonly flow: string; readonly to: Binding }
  | { readonly kind: 'delete-flow'; readonly flow: string }
  /** Keycloak then holds every new user again, as it did before `setup --door`. */
  | { readonly kind: 'restore-gate-default' };

/**
 * The copy's description says what it was copied from. So it is kept in Keycloak, in the flow itself: it travels with
 * exports, and no administrator and no tool that writes the realm's attributes loses it.
 */
const mark = 'Made by "vestibule setup --door", which "--remove" undoes, from: ';

export function markOf(copyOf: string): string {
  return `${mark}${copyOf}`;
}

export function madeFrom(description: string | undefined): string | null {
  return description?.startsWith(mark) === true ? description.slice(mark.length) : null;
}
