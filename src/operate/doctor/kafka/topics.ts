import { grantCommand } from '../../../adapters/kafka/rights.ts';
import type { WantedTopic } from '../../../adapters/kafka/topic-specs.ts';
import { error, type Finding, fine, holding, warning } from '../finding.ts';

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
      setting !== null && config.get('message.timestamp.type') === 'CreateTime',
      () =>
        warning(
          'kafka-timestamp',
          `${topic} has message.timestamp.type=CreateTime: if this machine's clock is an hour ahead, Kafka refuses every record`,
          alter('message.timestamp.type=LogAppendTime'),
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

function duration(ms: number): string {
  const hours = ms / 3_600_000;
  return hours >= 48
    ? `${Math.floor(hours / 24)} days`
    : hours >= 1
      ? `${Math.floor(hours)} h`
      : `${Math.floor(ms / 1_000)} s`;
}
