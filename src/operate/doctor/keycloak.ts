import { gateId } from '../setup/plan-gate.ts';
import { listenerId, neededRoles } from '../setup/plan.ts';
import type { GatePlace } from '../setup/realm-state.ts';
import { clockFinding, type ClockReading } from './clock.ts';
import { error, type Finding, fine, holding, warning } from './finding.ts';
import type { RuleRef } from '../../rules/model.ts';
import type { RealmNeeds } from './rules.ts';

export interface ClientRef {
  readonly realm: string;
  readonly clientId: string;
}

/** Why the service account gets no token. */
export function refusalFinding(
  { realm, clientId }: ClientRef,
  refusal: { error: string; description: string },
): Finding {
  const setup = `vestibule setup --realm ${realm}`;
  if (/public client/i.test(refusal.description)) {
    return error('keycloak-client-public', `the client ${clientId} is public: it has no secret`, `${setup} repairs it`);
  }
  if (/not enabled to retrieve service account/i.test(refusal.description)) {
    return error(
      'keycloak-service-account-off',
      `the client ${clientId} has no service account`,
      `${setup} repairs it`,
    );
  }
  if (/realm not enabled/i.test(refusal.description)) {
    return error('keycloak-realm-off', `realm ${realm} is switched off`, 'Realm settings > Enabled');
  }
  if (refusal.error === 'invalid_client') {
    return error(
      'keycloak-client-missing',
      `realm ${realm} has no client ${clientId}, or it is switched off`,
      `${setup} makes it; or correct KEYCLOAK_CLIENT_ID`,
    );
  }
  if (refusal.error === 'unauthorized_client') {
    return error(
      'keycloak-secret',
      `realm ${realm} does not take the secret of the client ${clientId}`,
      `correct KEYCLOAK_CLIENT_SECRET: ${setup} --secret-file FILE writes the right one`,
    );
  }
  return error(
    'keycloak-token',
    `realm ${realm} gives no token: ${refusal.error}, ${refusal.description}`,
    `look at the client ${clientId} in the admin console`,
  );
}

/** Of an access token, what the doctor looks at. */
export interface TokenClaims {
  readonly realm_access?: { readonly roles?: readonly string[] | undefined } | undefined;
  readonly resource_access?: Readonly<Record<string, { readonly roles?: readonly string[] | undefined }>> | undefined;
}

/** What `setup` grants when it is asked to: `--see-administrators`. */
const optional = ['view-clients'];

/** Whoever has one of these can make himself any of the others. */
const takeOver = [
  'realm-admin',
  'manage-realm',
  'manage-clients',
  'manage-authorization',
  'manage-identity-providers',
  'manage-events',
  'create-client',
  'impersonation',
];

/** Rights too few and too many, as the token has them: no further right is needed to look. */
export function rightsFindings(realm: string, claims: TokenClaims, needs: RealmNeeds): Finding[] {
  const management = realm === 'master' ? 'master-realm' : 'realm-management';
  const roles = claims.resource_access?.[management]?.roles ?? [];
  const wanted: readonly string[] = needs.roleApprovers ? [...neededRoles, 'view-realm'] : neededRoles;
  const all = roles.includes('realm-admin');
  const lacking = all ? [] : wanted.filter((role) => !roles.includes(role));
  const surplus = roles.filter((role) => !wanted.includes(role) && !optional.includes(role));
  const masterRoles = (claims.realm_access?.roles ?? []).filter(
    (role) => realm === 'master' && ['admin', 'create-realm'].includes(role),
  );
  const grave = [...surplus.filter((role) => takeOver.includes(role)), ...masterRoles];
  const slight = surplus.filter((role) => !takeOver.includes(role));
  const foreign = Object.entries(claims.resource_access ?? {})
    .filter(([client]) => client !== management && client !== 'account')
    .flatMap(([client, { roles: theirs = [] }]) => theirs.map((role) => `${client}:${role}`));
  const setup = `vestibule setup --realm ${realm}${needs.roleApprovers ? ' --role-approvers' : ''}`;
  return holding(
    [
      lacking.length > 0,
      () => error('keycloak-rights-few', `the service account lacks ${lacking.join(', ')}`, `${setup} grants it`),
    ],
    [
      grave.length > 0,
      () =>
        error(
          'keycloak-rights-many',
          `whoever gets hold of the client's secret has the realm: the service account has ${grave.join(', ')}`,
          `take it away: ${setup} --prune`,
        ),
    ],
    [
      slight.length > 0 && grave.length === 0,
      () =>
        warning(
          'keycloak-rights-more',
          `the service account has rights that it does not need: ${slight.join(', ')}`,
          `take them away: ${setup} --prune`,
        ),
    ],
    [
      foreign.length > 0,
      () =>
        warning(
          'keycloak-roles-foreign',
          `the service account has roles of applications: ${foreign.join(', ')}`,
          'take them away in the admin console; a role that it has itself cannot be granted by a rule',
        ),
    ],
    [
      lacking.length === 0 && surplus.length === 0 && masterRoles.length === 0,
      () => fine('keycloak-rights', `the service account has what it needs and no more: ${wanted.join(', ')}`),
    ],
  );
}

export interface EventSettings {
  readonly enabled: boolean;
  /** Empty: all. */
  readonly types: readonly string[];
  /** Seconds; 0: for ever. */
  readonly expiration: number;
  readonly listeners: readonly string[];
}

const day = 86_400;
/** Listeners of others that bring events to Kafka. */
const otherListeners = /kafka/i;

/**
 * The event store, which is what the service falls back to, and the listener, which is fast.
 * @param proven whether registrations are believed without the event store: signed, or on a trusted topic
 */
export function eventFindings(realm: string, events: EventSettings, proven: boolean): Finding[] {
  const setup = `vestibule setup --realm ${realm} switches it on${proven ? '' : '; set EVENT_SIGNING_KEY too'}`;
  const unproven = proven ? '' : ', and no registration is believed: EVENT_SIGNING_KEY is not set';
  const { enabled, expiration } = events;
  const saves = events.types.length === 0 || events.types.includes('REGISTER');
  const listens = events.listeners.some((listener) => listener === listenerId || otherListeners.test(listener));
  const short = expiration > 0 && expiration < day;
  return holding(
    [
      !enabled,
      () =>
        error(
          'keycloak-events-off',
          `the event store is off: a registration that Kafka missed is missed for good${unproven}`,
          setup,
        ),
    ],
    [
      enabled && !saves,
      () => error('keycloak-events-types', `the event store does not save REGISTER${unproven}`, setup),
    ],
    [
      enabled && short,
      () =>
        warning(
          'keycloak-events-short',
          `the event store keeps events for ${Math.round(expiration / 60)} minutes only: a longer standstill loses them`,
          `vestibule setup --realm ${realm} makes it a week`,
        ),
    ],
    [
      enabled && saves && !short,
      () =>
        fine(
          'keycloak-events',
          `the event store keeps registrations ${expiration === 0 ? 'for ever' : `for ${Math.round(expiration / day)} days`}`,
        ),
    ],
    [
      !listens,
      () =>
        warning(
          'keycloak-listener-off',
          `the realm has no event listener that writes to Kafka (it has: ${events.listeners.join(', ') || 'none'})`,
          `vestibule setup --realm ${realm} adds "${listenerId}"; with Debezium on the event table all is well; else registrations are handled within a minute`,
        ),
    ],
  );
}

/** What the server tells of our provider. */
export interface ProviderFacts {
  /** The listener's own words about itself; `null`: not installed. */
  readonly listener: Readonly<Record<string, string>> | null;
  readonly gate: boolean;
}

export function providerFindings(
  { listener, gate }: ProviderFacts,
  needs: RealmNeeds,
  realm: { readonly listens: boolean; readonly eventsTopic: string; readonly signingKey: boolean },
): Finding[] {
  const types = listener?.['event-types']?.split(',').map((type) => type.trim());
  const unsent = Number(listener?.['events not sent'] ?? 0);
  const signs = listener?.['signs records'];
  const inUse = realm.listens && listener !== null;
  return holding(
    [
      realm.listens && listener === null,
      () =>
        error(
          'keycloak-listener-missing',
          `the realm has the listener "${listenerId}", and Keycloak has no such provider`,
          'put vestibule-keycloak.jar into providers/ and run "kc.sh build"',
        ),
    ],
    [
      inUse && listener['topic'] !== undefined && listener['topic'] !== realm.eventsTopic,
      () =>
        error(
          'keycloak-listener-topic',
          `the listener writes to ${listener?.['topic']}, and KAFKA_EVENTS_TOPIC is ${realm.eventsTopic}`,
          'give both the same topic',
        ),
    ],
    [
      inUse && types !== undefined && !types.includes('REGISTER'),
      () =>
        error(
          'keycloak-listener-types',
          `the listener sends ${types?.join(', ')} only`,
          "add REGISTER to the listener's event-types",
        ),
    ],
    [
      inUse && signs !== undefined && (signs === 'yes') !== realm.signingKey,
      () =>
        warning(
          'keycloak-listener-signing',
          realm.signingKey
            ? 'EVENT_SIGNING_KEY is set, and the listener does not sign, so each registration is looked up in the event store'
            : 'the listener signs, and EVENT_SIGNING_KEY is not set, so each registration is looked up in the event store',
          "set EVENT_SIGNING_KEY and the listener's signing-key to the same key",
        ),
    ],
    [
      inUse && unsent > 0,
      () =>
        warning(
          'keycloak-listener-unsent',
          `the listener could not send ${unsent} events since Keycloak's start`,
          'look at its log: the brokers, a right on the topic; the event store has them, if it is on',
        ),
    ],
    [
      needs.gate && !gate,
      () =>
        error(
          'keycloak-gate-missing',
          'rules say "hold: gate", and Keycloak has no such gate',
          'put vestibule-keycloak.jar into providers/ and run "kc.sh build"',
        ),
    ],
  );
}

/** Settings of the realm; `null` where they are not visible. */
export interface RealmSettings {
  readonly registrationAllowed: boolean | null;
  readonly verifyEmail: boolean | null;
  readonly gate: { readonly action: boolean; readonly forEverybody: boolean; readonly place: GatePlace } | null;
}

export function realmFindings(
  realm: string,
  { registrationAllowed, verifyEmail, gate }: RealmSettings,
  needs: RealmNeeds,
): Finding[] {
  return holding(
    [
      registrationAllowed === false,
      () =>
        warning(
          'keycloak-registration-closed',
          `realm ${realm} lets nobody register by its form`,
          'Realm settings > Login > User registration; where people come by identity providers only, all is well',
        ),
    ],
    [
      verifyEmail === true && needs.disables,
      () =>
        warning(
          'keycloak-verify-dead-end',
          'the realm verifies addresses, and a rule disables people at once: they cannot use the link that they get',
          'use "hold: gate", or have the rule wait for email-verified',
        ),
    ],
    [
      verifyEmail === false && needs.waitsForVerified.length > 0,
      () =>
        error(
          'keycloak-verify-off',
          `rules wait for a verified address, and realm ${realm} has Verify Email off, so no approver is ever asked: ${rulesIn(needs.waitsForVerified)}`,
          'Realm settings > Login > Verify email; or add "add-required-action: VERIFY_EMAIL" to the rule, or take "wait-for" out',
        ),
    ],
    [
      needs.gate && gate !== null && !gate.action,
      () =>
        error(
          'keycloak-gate-off',
          `rules say "hold: gate", and the realm has no required action "${gateId}", or it is switched off`,
          `vestibule setup --realm ${realm} --gate CLIENT sets it up`,
        ),
    ],
    [
      needs.gate && gate !== null && gate.place !== 'on',
      () =>
        error(
          'keycloak-gate-flow',
          `rules say "hold: gate", and the realm's registration has the gate not in force (${gate?.place})`,
          `vestibule setup --realm ${realm} --gate CLIENT sets it up`,
        ),
    ],
    [
      gate?.forEverybody === true,
      () =>
        warning(
          'keycloak-gate-everybody',
          `the required action "${gateId}" is a default action: it holds every new user, also of clients without a rule`,
          'Authentication > Required actions: not as default action',
        ),
    ],
    [
      verifyEmail === null && (needs.disables || needs.waitsForVerified.length > 0),
      () =>
        fine(
          'keycloak-not-visible',
          'whether the realm verifies addresses is not visible with these rights; an administrator could look (KEYCLOAK_ADMIN_USER)',
        ),
    ],
  );
}

function rulesIn(refs: readonly RuleRef[]): string {
  return refs.map(({ file, line, rule }) => `${file}:${line} "${rule}"`).join(', ');
}

/** The client, as only an administrator sees it. */
export interface ClientSettings {
  readonly standardFlow: boolean;
  readonly implicitFlow: boolean;
  readonly passwordGrant: boolean;
}

export function clientFindings({ realm, clientId }: ClientRef, settings: ClientSettings): Finding[] {
  const open = [
    ...(settings.standardFlow ? ['standard flow'] : []),
    ...(settings.implicitFlow ? ['implicit flow'] : []),
    ...(settings.passwordGrant ? ['direct access grants'] : []),
  ];
  return holding([
    open.length > 0,
    () =>
      warning(
        'keycloak-client-open',
        `the client ${clientId} of realm ${realm} is for more than a service account: ${open.join(', ')}`,
        'switch these off in the admin console (Clients > Settings > Capability config)',
      ),
  ]);
}

export function keycloakClock(reading: ClockReading): Finding {
  return clockFinding('keycloak-clock', 'Keycloak', reading);
}
