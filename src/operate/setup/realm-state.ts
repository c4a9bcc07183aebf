import type { DoorChange } from './door/state.ts';
import type { FieldChange } from './field/state.ts';

/** How a realm stands, as far as this service is concerned. */
export interface RealmState {
  readonly eventsEnabled: boolean;
  /** What is saved, or would be if it were on: Keycloak lists all types where nobody chose some. */
  readonly savedTypes: readonly string[];
  /** Seconds; 0: for ever. */
  readonly eventsExpiration: number;
  readonly listeners: readonly string[];
  /** Whether this Keycloak has our provider. */
  readonly listenerInstalled: boolean;
  readonly gateInstalled: boolean;
  /** The required action of the gate; `null`: not registered. */
  readonly gateAction: {
    readonly enabled: boolean;
    /** True: Keycloak gives it to every new user, whatever the client. */
    readonly forEverybody: boolean;
    readonly belowVerifyEmail: boolean;
  } | null;
  /** The flow that is bound as the realm's registration. */
  readonly registrationFlow: { readonly alias: string; readonly builtIn: boolean; readonly gate: GatePlace };
  /** Of the clients asked about: whether they hold their new users; `null`: there is no such client. */
  readonly holds: Readonly<Record<string, boolean | null>>;
  /** Identity providers whose first login flow has no gate. */
  readonly ungatedProviders: readonly string[];
  readonly client: { readonly id: string; readonly serviceAccount: boolean; readonly secret: boolean } | null;
  /** Roles of `realm-management` that the service account has. */
  readonly roles: readonly string[];
}

/** Where the gate stands in a registration flow: not at all, switched off, in force, above the user's creation, or no form. */
export type GatePlace = 'none' | 'off' | 'on' | 'misplaced' | 'no-form';

export type Change =
  | DoorChange
  | FieldChange
  /** Switches saving on, for these types and no others. */
  | { readonly kind: 'save-events'; readonly types: readonly string[]; readonly expiration: number }
  /** Saves some types besides those that the realm saves. */
  | { readonly kind: 'save-more-events'; readonly types: readonly string[] }
  | { readonly kind: 'keep-events'; readonly expiration: number }
  | { readonly kind: 'add-listener' }
  | { readonly kind: 'register-gate' }
  | { readonly kind: 'repair-gate-action' }
  /** Keycloak then gives it to nobody by itself. */
  | { readonly kind: 'take-gate-default' }
  /** Built-in flows cannot be changed, so of those a copy is made. */
  | { readonly kind: 'gate-registration'; readonly flow: string; readonly copyOf: string | null }
  | { readonly kind: 'hold-client'; readonly client: string }
  | { readonly kind: 'create-client' }
  | { readonly kind: 'repair-client' }
  | { readonly kind: 'grant-roles'; readonly roles: readonly string[] }
  | { readonly kind: 'take-roles'; readonly roles: readonly string[] };

export interface Plan {
  readonly changes: readonly Change[];
  /** What somebody should know, but what is not for us to change. */
  readonly notes: readonly string[];
  /** What somebody has to mend first: while there is one, nothing may be changed. */
  readonly obstacles: readonly string[];
}
