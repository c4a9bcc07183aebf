import { flowsWithout, type WayIn } from '../../door/ways-in.ts';
import { namesIn } from '../../realm-check/listener-probe.ts';
import { error, type Finding, fine, holding, warning } from '../finding.ts';
import type { RealmNeeds } from '../rules.ts';

/** Whether everybody who gets an account passes the door and the gate. @param waysIn `null`: not visible */
export function doorFindings(realm: string, waysIn: readonly WayIn[] | null, needs: RealmNeeds): Finding[] {
  if (!needs.door && !needs.gate) {
    return [];
  }
  if (waysIn === null) {
    const what =
      'whether the door and the gate stand in the flows is not visible with these rights; an administrator could look (KEYCLOAK_ADMIN_USER)';
    return [fine('keycloak-not-visible', what)];
  }
  const door = needs.door ? flowsWithout('door', waysIn) : [];
  const gate = needs.gate ? flowsWithout('gate', waysIn) : [];
  const remedy = `vestibule setup --realm ${realm} --door`;
  return holding(
    [
      door.length > 0,
      () =>
        error(
          'keycloak-door-flow',
          `rules refuse registrations, and the door is not in force in ${door.join('; ')}`,
          remedy,
        ),
    ],
    [
      gate.length > 0,
      () =>
        error(
          'keycloak-gate-flow',
          `rules hold people at the gate, and it is not in force in ${gate.join('; ')}`,
          remedy,
        ),
    ],
    [
      door.length + gate.length === 0,
      () =>
        fine(
          'keycloak-door',
          `${[needs.door && 'the door', needs.gate && 'the gate'].filter(Boolean).join(' and ')} in force in each flow by which people register`,
        ),
    ],
  );
}

/** Whether Keycloak looks for the request headers that rules compare. @param listener as of `policyFindings` */
export function headerFindings(
  listener: Readonly<Record<string, string>> | null,
  { headers }: Pick<RealmNeeds, 'headers'>,
): Finding[] {
  const known = namesIn(listener?.['request-headers']);
  const unknown = headers.filter((name) => !known.includes(name));
  return holding([
    unknown.length > 0,
    () =>
      error(
        'keycloak-headers',
        `rules compare request headers that the listener does not look for: ${unknown.join(', ')}; where a decision depends on one, the registration waits`,
        `give the listener the option request-headers=${[...known, ...unknown].join(',')}`,
      ),
  ]);
}

const versionKey = 'door policy version';

/**
 * Whether the Keycloak server that answered decides by the rules that are here. Of several servers one answers.
 * @param listener what it says of itself; `null`: not installed
 */
export function policyFindings(
  listener: Readonly<Record<string, string>> | null,
  needs: RealmNeeds,
  { rulesVersion, doorTopic }: { readonly rulesVersion: string | null; readonly doorTopic: string },
): Finding[] {
  if (listener === null || (!needs.door && !needs.gate)) {
    return [];
  }
  const version = listener[versionKey];
  const refused = listener['door policy records refused'] ?? '0';
  const followed = listener['door-topic'];
  const without = listener['without-policy'] ?? 'gate';
  return holding(
    [
      version === undefined,
      () =>
        error(
          'keycloak-policy-unknown',
          "Keycloak's provider knows no door policy: rules do not reach its door",
          'install the provider that belongs to this version of the service',
        ),
    ],
    [
      followed !== undefined && followed !== doorTopic,
      () =>
        error(
          'keycloak-policy-topic',
          `the listener follows the door policy on ${followed}, and KAFKA_DOOR_TOPIC is ${doorTopic}`,
          'give KAFKA_DOOR_TOPIC and the option door-topic of the listener the same topic',
        ),
    ],
    [
      version === 'none',
      () =>
        error(
          'keycloak-policy-none',
          `the Keycloak server that answered has no door policy, so its option without-policy (${without}) decides`,
          'the service publishes it: start it with the same EVENT_SIGNING_KEY as the listener, and give both the same topic',
        ),
    ],
    [
      version !== undefined && version !== 'none' && rulesVersion !== null && version !== rulesVersion,
      () =>
        warning(
          'keycloak-policy-old',
          `the Keycloak server that answered decides by the rules ${version}, and the rules here are ${rulesVersion}`,
          'right after a change, look again; else see in the log of the service whether it has these rules and reaches Kafka',
        ),
    ],
    [
      version !== undefined && version !== 'none' && version === rulesVersion,
      () => fine('keycloak-policy', `the Keycloak server that answered decides by these rules, version ${version}`),
    ],
    [
      refused !== '0',
      () =>
        warning(
          'keycloak-policy-refused',
          `the listener has refused records of the door policy: ${refused}`,
          'give EVENT_SIGNING_KEY and the signing-key of the listener the same key; see who else may write to the topic',
        ),
    ],
  );
}
