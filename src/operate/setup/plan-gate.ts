import type { Change, Plan, RealmState } from './realm-state.ts';

/** What the provider calls its parts. */
export const gateId = 'vestibule-pending';
export const gateStepId = 'vestibule-gate';
export const brokerGateStepId = 'vestibule-gate-broker';

/**
 * What has to change so that these clients hold anyone who registers for them. Pure. In this order, because a client that
 * holds is of use only behind a form with the gate, and that only with the required action.
 * @param door whether the flows are set up by `planDoor`
 */
export function planGate(state: RealmState, gates: readonly string[], door: boolean): Plan {
  const { gateAction, registrationFlow: flow } = state;
  if (gates.length === 0) {
    return { changes: [], notes: [], obstacles: [] };
  }
  if (!state.gateInstalled) {
    const obstacle =
      'This Keycloak has no gate: put vestibule-keycloak.jar into its providers/ folder and run "kc.sh build"; keycloak/README.md tells more.';
    return { changes: [], notes: [], obstacles: [obstacle] };
  }
  const obstacles = gates
    .filter((client) => state.holds[client] === null)
    .map((client) => `There is no client "${client}".`);
  if (flow.gate === 'no-form' && !door) {
    obstacles.push(
      `The registration flow "${flow.alias}" has no step that creates the user, so there is no place for the gate.`,
    );
  }
  if (flow.gate === 'misplaced' && !door) {
    obstacles.push(
      `In the registration flow "${flow.alias}" the step "${gateStepId}" stands above the one that creates the user, or apart from it: move it below (Authentication > Flows).`,
    );
  }
  const changes: Change[] = [];
  if (!door && (flow.gate === 'none' || flow.gate === 'off')) {
    changes.push(
      flow.builtIn
        ? { kind: 'gate-registration', flow: `${flow.alias} with gate`, copyOf: flow.alias }
        : { kind: 'gate-registration', flow: flow.alias, copyOf: null },
    );
  }
  for (const client of new Set(gates)) {
    if (state.holds[client] === false) {
      changes.push({ kind: 'hold-client', client });
    }
  }
  const notes: string[] = [];
  if (gateAction?.forEverybody === true && !door) {
    notes.push(
      `The required action "${gateId}" is a default action: it holds every new user of the realm, whatever the client (Authentication > Required actions).`,
    );
  }
  if (state.ungatedProviders.length > 0 && !door) {
    notes.push(
      `Anyone who comes through ${state.ungatedProviders.join(', ')} does not pass the registration form: rules hold them moments later. For the gate there too, add --door.`,
    );
  }
  return { changes, notes, obstacles };
}

/** What the required action lacks, where somebody asks for the gate. */
export function planGateAction({ gateAction }: RealmState): Change[] {
  return gateAction !== null && !(gateAction.enabled && gateAction.belowVerifyEmail)
    ? [{ kind: 'repair-gate-action' }]
    : [];
}

/**
 * Stops holding everybody, where the flows have the door. It comes last: until the flows are bound, this is all that
 * holds anybody.
 */
export function planGateDefault({ gateAction }: RealmState): Change[] {
  return gateAction?.forEverybody === true ? [{ kind: 'take-gate-default' }] : [];
}
