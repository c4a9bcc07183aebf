import { error, type Finding, warning } from '../finding.ts';

/** Whether a broker's address takes connections. */
export interface Reachability {
  readonly address: string;
  /** Why not; `null`: it does. */
  readonly away: string | null;
}

/** What an address that takes connections speaks. */
export interface Reached {
  readonly address: string;
  readonly tls: boolean;
  /** Why its certificate is not trusted. */
  readonly distrust: string | null;
}

/** Addresses of KAFKA_BROKERS that lead nowhere: a fault only when all of them do. */
export function listedFindings(reachabilities: readonly Reachability[]): Finding[] {
  const away = reachabilities.filter((tryToReach) => tryToReach.away !== null);
  if (away.length === reachabilities.length) {
    const why = away.map((tryToReach) => `${tryToReach.address} ${tryToReach.away}`).join('; ');
    return [error('kafka-away', `no broker can be reached: ${why}`, 'start Kafka, or correct KAFKA_BROKERS')];
  }
  return away.map((tryToReach) =>
    warning(
      'kafka-broker-away',
      `${tryToReach.address} of KAFKA_BROKERS cannot be reached: ${tryToReach.away}`,
      'bring it back, or take it out of KAFKA_BROKERS',
    ),
  );
}

/** Addresses that the cluster itself sends its clients to. */
export function advertisedFindings(reachabilities: readonly Reachability[]): Finding[] {
  return reachabilities
    .filter(({ away }) => away !== null)
    .map(({ address, away }) =>
      error(
        'kafka-advertised',
        `the cluster sends clients to ${address}, which cannot be reached from here: ${away}`,
        'correct advertised.listeners of that broker, or start it',
      ),
    );
}

/** Why brokers that take connections do not answer. @param said what the client says, @param type Kafka's name of it */
export function refusalFinding(
  reached: readonly Reached[],
  settings: { readonly tls: boolean; readonly sasl: boolean },
  said: string,
  type: string | undefined,
): Finding {
  const names = reached.map(({ address }) => address).join(', ');
  const distrust = reached.find((broker) => broker.distrust !== null);
  if (!settings.tls && reached.some(({ tls }) => tls)) {
    return error('kafka-tls', `${names} speaks TLS, and KAFKA_TLS is false`, 'set KAFKA_TLS=true');
  }
  if (settings.tls && !reached.some(({ tls }) => tls)) {
    return error(
      'kafka-tls',
      `KAFKA_TLS is true, and ${names} does not speak TLS`,
      'set KAFKA_TLS=false, or use the TLS port',
    );
  }
  if (settings.tls && distrust !== undefined) {
    return error(
      'kafka-certificate',
      `the certificate of ${distrust.address} is not trusted: ${distrust.distrust}`,
      'use the name that the certificate has, or add its authority with NODE_EXTRA_CA_CERTS',
    );
  }
  if (type === 'ILLEGAL_SASL_STATE' || type === 'UNSUPPORTED_SASL_MECHANISM') {
    return error(
      'kafka-sasl',
      `${names} takes no login by KAFKA_SASL_MECHANISM`,
      'use a mechanism that the listener has; where it asks for no login, take KAFKA_SASL_* out',
    );
  }
  if (settings.sasl) {
    return error(
      'kafka-login',
      `${names} ends the login: ${said}`,
      'correct KAFKA_SASL_MECHANISM, KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD',
    );
  }
  return error(
    'kafka-refuses',
    `${names} takes connections, and does not answer as a Kafka broker: ${said}`,
    'correct KAFKA_BROKERS; where the listener asks for a login, set KAFKA_SASL_MECHANISM and the rest',
  );
}
