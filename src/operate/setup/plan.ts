import { neededRoles } from '../../adapters/keycloak/rights.ts';
import type { Change, Plan, RealmState } from './realm-state.ts';
import { describeDoor, planDoor } from './door/plan.ts';
import type { DoorState } from './door/state.ts';
import { describeField, planFields } from './field/plan.ts';
import type { FieldState } from './field/state.ts';
import { gateId, gateStepId, planGate, planGateAction, planGateDefault } from './plan-gate.ts';

export interface PlanOptions {
  readonly prune: boolean;
  readonly roleApprovers: boolean;
  readonly clientRoleApprovers?: boolean;
  readonly seeAdministrators?: boolean;
  /** Clients whose new users are to be held at the gate. */
  readonly gates?: readonly string[];
  /** The flows, where every way to an account is to pass the door. */
  readonly door?: DoorState | null;
  /** Attributes that registrations through a client are to ask for. */
  readonly fields?: readonly FieldState[];
}

export const listenerId = 'vestibule';
/** What the service reads, and what an operator needs to follow up a registration. Every other type is the operator's choice. */
const types: readonly string[] = ['REGISTER', 'VERIFY_EMAIL', 'DELETE_ACCOUNT'];
const week = 7 * 86_400;

/** What has to change in a realm so that the service can work there, and no more. Pure. */
export function planSetup(state: RealmState, options: PlanOptions): Plan {
  const { gates = [], door = null } = options;
  const gate = planGate(state, gates, door !== null);
  const flows = door === null ? { changes: [], notes: [], obstacles: [] } : planDoor(door);
  const fields = planFields(options.fields ?? []);
  const changes: Change[] = [];
  const notes: string[] = [];
  changes.push(...eventStoreChanges(state));
  if (!state.listenerInstalled) {
    notes.push(
      'This Keycloak has no event listener "vestibule": put vestibule-keycloak.jar into its providers/ folder and run "kc.sh build". Until then registrations come from the event store, within a minute.',
    );
  } else if (!state.listeners.includes(listenerId)) {
    changes.push({ kind: 'add-listener' });
  }
  if (state.gateInstalled && state.gateAction === null) {
    changes.push({ kind: 'register-gate' });
  }
  if (gates.length > 0 || door !== null) {
    changes.push(...planGateAction(state));
  }
  changes.push(...flows.changes, ...gate.changes, ...fields.changes);
  if (state.client === null) {
    changes.push({ kind: 'create-client' });
  } else if (!state.client.serviceAccount || !state.client.secret) {
    changes.push({ kind: 'repair-client' });
  }
  const wanted: readonly string[] = [
    ...neededRoles,
    ...(options.roleApprovers ? ['view-realm'] : []),
    ...(options.seeAdministrators === true || options.clientRoleApprovers === true ? ['view-clients'] : []),
  ];
  const lacking = wanted.filter((role) => !state.roles.includes(role));
  if (lacking.length > 0) {
    changes.push({ kind: 'grant-roles', roles: lacking });
  }
  const surplus = state.roles.filter((role) => !wanted.includes(role));
  if (surplus.length > 0) {
    if (options.prune) {
      changes.push({ kind: 'take-roles', roles: surplus });
    } else {
      notes.push(`The service account has rights it does not need: ${surplus.join(', ')}. Take them with --prune.`);
    }
  }
  if (door !== null) {
    changes.push(...planGateDefault(state));
  }
  return {
    changes,
    notes: [...notes, ...flows.notes, ...gate.notes],
    obstacles: [...flows.obstacles, ...gate.obstacles, ...fields.obstacles],
  };
}

/**
 * Keycloak's own choice of types is nearly all of them, every login among them. A realm that saves nothing gets only what
 * is needed. A realm that saves events keeps every type that it saves: its operator chose them.
 */
function eventStoreChanges({ eventsEnabled, savedTypes, eventsExpiration }: RealmState): Change[] {
  const tooShort = eventsExpiration > 0 && eventsExpiration < week;
  if (!eventsEnabled) {
    const expiration = eventsExpiration === 0 ? 4 * week : tooShort ? week : eventsExpiration;
    return [{ kind: 'save-events', types, expiration }];
  }
  const missing = savedTypes.length === 0 ? [] : types.filter((type) => !savedTypes.includes(type));
  return [
    ...(missing.length > 0 ? [{ kind: 'save-more-events', types: missing } as const] : []),
    ...(tooShort ? [{ kind: 'keep-events', expiration: week } as const] : []),
  ];
}

export function describe(change: Change): string {
  switch (change.kind) {
    case 'save-events':
      return `save user events ${keptFor(change.expiration)}: ${change.types.join(', ')}, and no others (the event store is what the service falls back to when Kafka missed one; events hold names, e-mail and IP addresses, so what else is saved is yours to choose: Realm settings > Events)`;
    case 'save-more-events':
      return `save the user events ${change.types.join(', ')} as well (the event store is what the service falls back to when Kafka missed one)`;
    case 'keep-events':
      return `keep saved user events ${keptFor(change.expiration)}: a longer standstill of the service would lose registrations`;
    case 'add-listener':
      return 'add the event listener "vestibule", which sends registrations to Kafka';
    case 'register-gate':
      return `register the required action "${gateId}", for "hold: gate"`;
    case 'repair-gate-action':
      return `enable the required action "${gateId}", below Verify Email`;
    case 'take-gate-default':
      return `take "${gateId}" from the default actions: it would hold every new user of the realm`;
    case 'gate-registration':
      return change.copyOf === null
        ? `add the step "${gateStepId}" to the registration flow "${change.flow}", required`
        : `copy the registration flow "${change.copyOf}" to "${change.flow}", add the step "${gateStepId}", and bind the copy`;
    case 'hold-client':
      return `hold anyone who registers for the client "${change.client}" until they are let in`;
    case 'create-client':
      return 'create the client "vestibule": confidential, a service account and nothing else';
    case 'repair-client':
      return 'make the client "vestibule" confidential, with a service account';
    case 'grant-roles':
      return `give the service account the roles ${change.roles.join(', ')} of realm-management`;
    case 'take-roles':
      return `take the roles ${change.roles.join(', ')} of realm-management from the service account`;
    case 'field-scope':
    case 'field-attribute':
      return describeField(change);
    default:
      return describeDoor(change);
  }
}

function keptFor(seconds: number): string {
  return seconds === 0 ? 'for ever' : `for ${Math.round(seconds / 86_400)} days`;
}
