import { listenerId } from '../../setup/plan.ts';
import { error, type Finding, fine, holding, warning } from '../finding.ts';
import type { RealmNeeds } from '../rules.ts';

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
