import kafkajs, { type Admin } from 'kafkajs';
import type { Logger } from 'pino';

import { ServiceError } from '../../errors.ts';
import { kafkaError } from './errors.ts';

export interface TopicNames {
  readonly events: string;
  readonly approvals: string;
  readonly audit: string;
  readonly deadLetters: string;
}

type TopicAdmin = Pick<Admin, 'listTopics' | 'describeCluster' | 'createTopics' | 'describeConfigs'>;

interface Wanted {
  /** `null`: somebody else's topic, which may have its reasons. */
  readonly setting: string | null;
  readonly partitions: number;
  readonly cleanup: 'compact' | 'delete';
  /** Why another cleanup policy would lose something. */
  readonly because: string;
  readonly config: Readonly<Record<string, string>>;
}

const DAY_MS = 86_400_000;

const wanted: { readonly [Name in keyof TopicNames]: Wanted } = {
  events: {
    setting: null,
    partitions: 6,
    cleanup: 'delete',
    because: "compaction keeps only a user's last event",
    config: { 'retention.ms': String(7 * DAY_MS) },
  },
  approvals: {
    setting: 'KAFKA_APPROVALS_TOPIC',
    partitions: 1,
    cleanup: 'compact',
    because: 'an approval that waits longer than the retention would be lost',
    // For a day each snapshot stays: see ApprovalLog on what a late repeat of an older one does.
    config: { 'min.compaction.lag.ms': String(DAY_MS) },
  },
  audit: {
    setting: 'KAFKA_AUDIT_TOPIC',
    partitions: 3,
    cleanup: 'delete',
    because: "compaction keeps only a user's last entry",
    config: { 'retention.ms': String(3 * 365 * DAY_MS) },
  },
  deadLetters: {
    setting: 'KAFKA_DEAD_LETTER_TOPIC',
    partitions: 1,
    cleanup: 'delete',
    because: 'a compacted topic refuses records without a key',
    config: { 'retention.ms': String(90 * DAY_MS) },
  },
};

/**
 * Makes the topics that are missing, and looks whether those that are there would lose what they are for.
 * @throws ServiceError CONFIG_INVALID with each fault and its remedy; KAFKA_UNAVAILABLE
 */
export async function ensureTopics(admin: TopicAdmin, names: TopicNames, log: Logger): Promise<void> {
  const topics = entriesOf(names);
  const existing = await admin.listTopics().catch((cause: unknown) => {
    throw kafkaError(cause, 'list topics');
  });
  const missing = topics.filter(({ topic }) => !existing.includes(topic));
  if (missing.length > 0) {
    await create(admin, missing);
    log.info({ topics: missing.map(({ topic }) => topic) }, 'topics created');
  }
  const present = topics.filter(({ topic }) => existing.includes(topic));
  const problems = present.length > 0 ? await check(admin, present, log) : [];
  if (problems.length > 0) {
    throw new ServiceError('CONFIG_INVALID', `topics are not usable:\n  ${problems.join('\n  ')}`, { problems });
  }
}

interface Topic extends Wanted {
  readonly topic: string;
}

function entriesOf(names: TopicNames): Topic[] {
  const { events, approvals, audit, deadLetters } = wanted;
  return [
    { topic: names.events, ...events },
    { topic: names.approvals, ...approvals },
    { topic: names.audit, ...audit },
    { topic: names.deadLetters, ...deadLetters },
  ];
}

async function create(admin: TopicAdmin, topics: readonly Topic[]): Promise<void> {
  try {
    const { brokers } = await admin.describeCluster();
    const replicas = Math.min(3, brokers.length);
    await admin.createTopics({
      waitForLeaders: true,
      topics: topics.map(({ topic, partitions, cleanup, config }) => ({
        topic,
        numPartitions: partitions,
        replicationFactor: replicas,
        configEntries: Object.entries({
          'cleanup.policy': cleanup,
          ...config,
          // One broker may be away, and still no acknowledged record is on one disk only.
          ...(replicas === 3 ? { 'min.insync.replicas': '2' } : {}),
        }).map(([name, value]) => ({ name, value })),
      })),
    });
  } catch (cause) {
    const list = topics.map(({ topic }) => topic).join(', ');
    throw kafkaError(cause, `create the topics ${list}`);
  }
}

async function check(admin: TopicAdmin, topics: readonly Topic[], log: Logger): Promise<string[]> {
  try {
    const { resources } = await admin.describeConfigs({
      includeSynonyms: false,
      resources: topics.map(({ topic }) => ({
        type: kafkajs.ConfigResourceTypes.TOPIC,
        name: topic,
        configNames: ['cleanup.policy'],
      })),
    });
    const policies = new Map(
      resources.map(({ resourceName, configEntries }) => [resourceName, configEntries[0]?.configValue ?? '']),
    );
    const wrong = topics.filter(({ topic, cleanup }) => policies.get(topic) !== cleanup);
    for (const { topic, because } of wrong.filter(({ setting }) => setting === null)) {
      log.warn({ topic, 'cleanup.policy': policies.get(topic), because }, 'a topic may lose events');
    }
    return wrong
      .filter(({ setting }) => setting !== null)
      .map(
        ({ topic, cleanup, setting, because }) =>
          `${topic} (${setting}) has cleanup.policy=${policies.get(topic)}, and ${because}; ` +
          `set it: kafka-configs.sh --alter --topic ${topic} --add-config cleanup.policy=${cleanup}`,
      );
  } catch (cause) {
    const error = kafkaError(cause, 'read the settings of topics');
    if (error.details['type'] !== 'TOPIC_AUTHORIZATION_FAILED') {
      throw error;
    }
    log.warn({ topics: topics.map(({ topic }) => topic) }, 'may not read topic settings; cleanup.policy is unchecked');
    return [];
  }
}
