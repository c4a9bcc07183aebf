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
  /** Flows that are bound, copies that `setup --door` made, and flows that have the name of such a copy. */
  readonly flows: readonly FlowState[];
  /** Every flow of the realm: a copy needs a name of its own. */
  readonly aliases: readonly string[];
}

export type DoorChange =
  | { readonly kind: 'copy-flow'; readonly flow: string; readonly copyOf: string }
  /** A set-up broke off after it had made the copy, and before it had marked it. */
  | { readonly kind: 'mark-flow'; readonly flow: string; readonly copyOf: string }
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

export function copyNameOf(alias: string): string {
  return `${alias.replace(/ with gate$/, '')} with door`;
}

/**
 * The copy's description says what it was copied from. So it is kept in Keycloak, in the flow itself: it travels with
 * exports, and no administrator and no tool that writes the realm's attributes loses it.
 */
export function markOf(copyOf: string, id: string): string {
  return `Made by "vestibule setup --door" as flow ${id}, which "--remove" undoes, from: ${copyOf}`;
}

/** The first marks had no id. */
const mark = /^Made by "vestibule setup --door"(?: as flow (?<id>\S+))?, which "--remove" undoes, from: (?<origin>.+)$/;

/**
 * Keycloak copies a flow with its description. So a mark counts only where it names this flow by its id, which stays
 * when somebody renames the flow, or where the flow's name is ours, which stays when the realm is imported elsewhere.
 */
export function madeFrom({ id, alias, description = '' }: MarkedFlow): string | null {
  const { id: made, origin } = mark.exec(description)?.groups ?? {};
  return origin !== undefined && (made === id || alias === copyNameOf(origin)) ? origin : null;
}

interface MarkedFlow {
  readonly id: string;
  readonly alias: string;
  readonly description?: string | undefined;
}
