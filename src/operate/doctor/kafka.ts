import { grantCommand } from '../../adapters/kafka/rights.ts';
import type { WantedTopic } from '../../adapters/kafka/topic-specs.ts';
import { error, type Finding, fine, holding, warning } from './finding.ts';

export interface PartitionFacts {
  readonly id: number;
  readonly replicas: number;
  /** Of these, how many have all that was acknowledged. */
  readonly inSync: number;
  readonly low: bigint;
  readonly high: bigint;
}

export interface TopicFacts {
  readonly partitions: readonly PartitionFacts[];
  /** `null`: not visible. */
  readonly config: ReadonlyMap<string, string> | null;
}

export interface GroupFacts {
  readonly id: string;
  readonly members: number;
  /** Next offset to read, by partition, where one was committed. */
  readonly committed: ReadonlyMap<number, bigint>;
}

const DAY_MS = 86_400_000;

/**
 * What is wrong with the topics of a cluster that answers. `undefined` facts: the topic is not there.
 * @param login user of the login; then the topic may as well be there and not be shown
 */
export function topicFindings(
  wanted: readonly WantedTopic[],
  facts: ReadonlyMap<string, TopicFacts>,
  brokers: number,
  login?: string,
): Finding[] {
  return wanted.flatMap((topic) => {
    const found = facts.get(topic.topic);
    if (found === undefined) {
      return [
        login === undefined
          ? warning(
              'kafka-topic-missing',
              `there is no topic ${topic.topic}`,
              'vestibule run makes it, if it may create topics; else make it first',
            )
          : warning(
              'kafka-topic-missing',
              `there is no topic ${topic.topic}, or the login ${login} has no right on it`,
              `make it, or let ${login} use it: ${grantCommand({ operation: needs(topic), topic: topic.topic }, login)}`,
            ),
      ];
    }
    return [
      ...(found.config === null
        ? [fine('kafka-not-visible', `the settings of ${topic.topic} are not visible with this user's rights`)]
        : configFindings(topic, found.config)),
      ...copyFindings(topic.topic, found, brokers),
    ];
  });
}

/** The right without which a topic is of no use; of the approvals the service needs Read as well. */
function needs({ setting }: WantedTopic): 'Read' | 'Write' {
  return setting === null ? 'Read' : 'Write';
}

/** The group cannot be seen: then the service cannot join it either. */
export function groupRefusedFinding(group: string, login: string): Finding {
  return error(
    'kafka-group-right',
    `the login ${login} lacks the right Read on the consumer group ${group}`,
    grantCommand({ operation: 'Read', group }, login),
  );
}

function configFindings(
  { topic, cleanup, because, setting }: WantedTopic,
  config: ReadonlyMap<string, string>,
): Finding[] {
  const policy = config.get('cleanup.policy');
  const number = (name: string): number => Number(config.get(name) ?? Number.NaN);
  const retention = number('retention.ms');
  const alter = (change: string): string =>
    `kafka-configs.sh --bootstrap-server … --alter --topic ${topic} --add-config ${change}`;
  const deletes = policy?.includes('delete') === true && retention >= 0;
  return holding(
    [
      policy !== undefined && policy !== cleanup,
      () =>
        (setting === null ? warning : error)(
          'kafka-cleanup',
          `${topic} has cleanup.policy=${policy}, and ${because}`,
          alter(`cleanup.policy=${cleanup}`),
        ),
    ],
    [
      setting === null && deletes && retention < DAY_MS,
      () =>
        warning(
          'kafka-retention-short',
          `${topic} keeps events for ${duration(retention)} only: a longer standstill loses them`,
          alter(`retention.ms=${7 * DAY_MS}`),
        ),
    ],
    [
      setting === 'KAFKA_AUDIT_TOPIC' && deletes && retention < 90 * DAY_MS,
      () =>
        warning(
          'kafka-audit-short',
          `${topic} keeps the audit for ${duration(retention)} only`,
          alter('retention.ms=94608000000'),
        ),
    ],
    [
      cleanup === 'compact' && number('min.compaction.lag.ms') < DAY_MS,
      () =>
        warning(
          'kafka-compaction-early',
          `${topic} may be compacted after ${duration(number('min.compaction.lag.ms'))}, and a late repeat of an older state could win`,
          alter(`min.compaction.lag.ms=${DAY_MS}`),
        ),
    ],
    [
      number('max.message.bytes') < 1_000_000,
      () =>
        (setting === null ? warning : error)(
          'kafka-message-size',
          `${topic} takes records of ${number('max.message.bytes')} bytes at most, and ours may have a million`,
          alter('max.message.bytes=1048588'),
        ),
    ],
  );
}

function copyFindings(topic: string, { partitions, config }: TopicFacts, brokers: number): Finding[] {
  const replicas = Math.min(...partitions.map((partition) => partition.replicas));
  const atLeast = Number(config?.get('min.insync.replicas') ?? 1);
  const behind = partitions.filter(({ inSync, replicas }) => inSync < replicas);
  const shut = partitions.filter(({ inSync }) => inSync < atLeast);
  const ids = (some: readonly PartitionFacts[]): string => some.map(({ id }) => id).join(', ');
  return holding(
    [
      replicas === 1 && brokers > 1,
      () =>
        warning(
          'kafka-one-copy',
          `${topic} has one copy only, and there are ${brokers} brokers: it is lost with its disk`,
          'give it three copies: kafka-reassign-partitions.sh',
        ),
    ],
    [
      replicas > 2 && atLeast === 1 && config !== null,
      () =>
        warning(
          'kafka-min-insync',
          `${topic} has min.insync.replicas=1: what one broker alone has acknowledged is lost with it`,
          `kafka-configs.sh --bootstrap-server … --alter --topic ${topic} --add-config min.insync.replicas=2`,
        ),
    ],
    [
      shut.length > 0,
      () =>
        error(
          'kafka-no-quorum',
          `${topic}: partition ${ids(shut)} takes no writes, fewer than ${atLeast} copies are up to date`,
          'bring the brokers that are away back',
        ),
    ],
    [
      behind.length > 0 && shut.length === 0,
      () =>
        warning(
          'kafka-behind',
          `${topic}: partition ${ids(behind)} has copies that are not up to date`,
          'look which broker is away or slow',
        ),
    ],
  );
}

const manyWaiting = 1_000;

/** A registration on the events topic. */
export interface SeenRecord {
  /** ms since 1970. */
  readonly at: number;
  readonly signed: boolean;
}

/** Whether registrations arrive with a signature that this service can verify. @param newest newest first */
export function signatureFindings(topic: string, newest: readonly SeenRecord[]): Finding[] {
  const unsigned = newest.filter(({ signed }) => !signed).length;
  const remedy = "give the listener's signing-key and EVENT_SIGNING_KEY the same key, and restart Keycloak";
  return holding(
    [
      newest.length > 0 && unsigned === 0,
      () => fine('kafka-signatures', `the last ${newest.length} registrations on ${topic} are signed`),
    ],
    [
      newest[0]?.signed === false,
      () =>
        error(
          'kafka-signatures-wrong',
          `the newest registration on ${topic} is not signed with a key in EVENT_SIGNING_KEY, nor are ${unsigned} of the last ${newest.length}: the event store has to confirm each`,
          `${remedy}; if the listener does sign, see who else writes to the topic`,
        ),
    ],
    [
      newest[0]?.signed === true && unsigned > 0,
      () =>
        warning(
          'kafka-signatures-mixed',
          `${unsigned} of the last ${newest.length} registrations on ${topic} are not signed with a key in EVENT_SIGNING_KEY`,
          `if they are from before the key was set, nothing; else ${remedy}, or see who else writes to the topic`,
        ),
    ],
  );
}

/** Whether the events are written, and read. @param recent whether the topic got a record within the last week */
export function flowFindings(topic: string, events: TopicFacts, group: GroupFacts, recent: boolean): Finding[] {
  const sum = (of: (partition: PartitionFacts) => bigint): number =>
    Number(events.partitions.map(of).reduce((total, part) => total + (part > 0n ? part : 0n), 0n));
  const lost = sum(({ id, low }) => low - (group.committed.get(id) ?? low));
  const waiting = sum(({ id, low, high }) => high - larger(group.committed.get(id) ?? low, low));
  return holding(
    [
      !recent,
      () =>
        warning(
          'kafka-events-silent',
          `nobody has written to ${topic} within a week`,
          'register somebody; when nothing arrives, look at the listener of the realm and at its log in Keycloak',
        ),
    ],
    [
      lost > 0,
      () =>
        error(
          'kafka-unread-lost',
          `${lost} records of ${topic} were deleted before the group ${group.id} read them`,
          'keep events longer (retention.ms), run the service; what the event store has is read from there',
        ),
    ],
    [
      group.members === 0 && waiting > 0,
      () =>
        warning(
          'kafka-nobody-reads',
          `${waiting} records wait in ${topic}, and nobody is in the group ${group.id}`,
          'start vestibule run; all instances need the same KAFKA_GROUP',
        ),
    ],
    [
      group.members > 0 && waiting >= manyWaiting,
      () =>
        warning(
          'kafka-lag',
          `the group ${group.id} is ${waiting} records behind in ${topic}`,
          'look at /readyz and at the log: a record that cannot be queued holds up its partition; else add instances',
        ),
    ],
    [
      recent && lost === 0 && waiting < manyWaiting && group.members > 0,
      () => fine('kafka-flow', `${topic} is written and read, ${waiting} waiting`),
    ],
  );
}

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

function larger(left: bigint, right: bigint): bigint {
  return left > right ? left : right;
}

function duration(ms: number): string {
  const hours = ms / 3_600_000;
  return hours >= 48
    ? `${Math.floor(hours / 24)} days`
    : hours >= 1
      ? `${Math.floor(hours)} h`
      : `${Math.floor(ms / 1_000)} s`;
}
