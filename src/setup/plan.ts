/** How a realm stands, as far as this service is concerned. */
export interface RealmState {
  readonly eventsEnabled: boolean;
  /** Empty: Keycloak saves all types. */
  readonly savedTypes: readonly string[];
  /** Seconds; 0: for ever. */
  readonly eventsExpiration: number;
  readonly listeners: readonly string[];
  /** Whether this Keycloak has our provider. */
  readonly listenerInstalled: boolean;
  readonly gateInstalled: boolean;
  readonly gateRegistered: boolean;
  readonly client: { readonly id: string; readonly serviceAccount: boolean; readonly secret: boolean } | null;
  /** Roles of `realm-management` that the service account has. */
  readonly roles: readonly string[];
}

export type Change =
  | { readonly kind: 'save-events'; readonly types: readonly string[]; readonly expiration: number }
  | { readonly kind: 'add-listener' }
  | { readonly kind: 'register-gate' }
  | { readonly kind: 'create-client' }
  | { readonly kind: 'repair-client' }
  | { readonly kind: 'grant-roles'; readonly roles: readonly string[] }
  | { readonly kind: 'take-roles'; readonly roles: readonly string[] };

export interface Plan {
  readonly changes: readonly Change[];
  /** What somebody should know, but what is not for us to change. */
  readonly notes: readonly string[];
}

export const listenerId = 'vestibule';
export const gateId = 'vestibule-pending';
const types = ['REGISTER', 'VERIFY_EMAIL', 'DELETE_ACCOUNT'];
const week = 7 * 86_400;

/** Measured to be enough for every step and for the reconciler. */
export const neededRoles = ['manage-users', 'view-events'] as const;

/** What has to change in a realm so that the service can work there, and no more. Pure. */
export function planSetup(
  state: RealmState,
  options: { readonly prune: boolean; readonly roleApprovers: boolean; readonly seeAdministrators?: boolean },
): Plan {
  const changes: Change[] = [];
  const notes: string[] = [];
  const missing = state.savedTypes.length === 0 ? [] : types.filter((type) => !state.savedTypes.includes(type));
  const tooShort = state.eventsExpiration > 0 && state.eventsExpiration < week;
  if (!state.eventsEnabled || missing.length > 0 || tooShort) {
    // Switched on for the first time without a list, Keycloak would save every login of everybody.
    const saved = state.savedTypes.length === 0 && !state.eventsEnabled ? types : [...state.savedTypes, ...missing];
    const expiration =
      !state.eventsEnabled && state.eventsExpiration === 0 ? 4 * week : tooShort ? week : state.eventsExpiration;
    changes.push({ kind: 'save-events', types: saved, expiration });
  }
  if (!state.listenerInstalled) {
    notes.push(
      'This Keycloak has no event listener "vestibule": put vestibule-keycloak.jar into its providers/ folder and run "kc.sh build". Until then registrations come from the event store, within a minute.',
    );
  } else if (!state.listeners.includes(listenerId)) {
    changes.push({ kind: 'add-listener' });
  }
  if (state.gateInstalled && !state.gateRegistered) {
    changes.push({ kind: 'register-gate' });
  }
  if (state.client === null) {
    changes.push({ kind: 'create-client' });
  } else if (!state.client.serviceAccount || !state.client.secret) {
    changes.push({ kind: 'repair-client' });
  }
  const wanted: readonly string[] = [
    ...neededRoles,
    ...(options.roleApprovers ? ['view-realm'] : []),
    ...(options.seeAdministrators === true ? ['view-clients'] : []),
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
  return { changes, notes };
}

export function describe(change: Change): string {
  switch (change.kind) {
    case 'save-events': {
      const kept = change.expiration === 0 ? 'for ever' : `for ${Math.round(change.expiration / 86_400)} days`;
      return `save user events ${kept}: ${change.types.join(', ') || 'all types'} (the event store is what the service falls back to when Kafka missed one)`;
    }
    case 'add-listener':
      return 'add the event listener "vestibule", which sends registrations to Kafka';
    case 'register-gate':
      return `register the required action "${gateId}", for "hold: gate"`;
    case 'create-client':
      return 'create the client "vestibule": confidential, a service account and nothing else';
    case 'repair-client':
      return 'make the client "vestibule" confidential, with a service account';
    case 'grant-roles':
      return `give the service account the roles ${change.roles.join(', ')} of realm-management`;
    case 'take-roles':
      return `take the roles ${change.roles.join(', ')} of realm-management from the service account`;
  }
}
