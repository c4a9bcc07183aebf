import kafkajs, { type Admin } from 'kafkajs';
import type { Logger } from 'pino';

import { ServiceError } from '../../platform/errors.ts';
import { type TopicNames, type WantedTopic, wantedTopics } from './topic-specs.ts';
import { kafkaError } from './errors.ts';

type TopicAdmin = Pick<Admin, 'listTopics' | 'describeCluster' | 'createTopics' | 'describeConfigs'>;

/**
 * Makes the topics that are missing, and looks whether those that are there would lose what they are for.
 * @throws ServiceError CONFIG_INVALID with each fault and its remedy; KAFKA_UNAVAILABLE
 */
export async function ensureTopics(admin: TopicAdmin, names: TopicNames, log: Logger): Promise<void> {
  const topics = wantedTopics(names);
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

async function create(admin: TopicAdmin, topics: readonly WantedTopic[]): Promise<void> {
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
    const error = kafkaError(cause, `create the topics ${list}`);
    if (error.details['type'] !== 'TOPIC_AUTHORIZATION_FAILED') {
      throw error;
    }
    // To a login without any right on it, a topic that exists looks as if it did not.
    throw new ServiceError(
      'CONFIG_INVALID',
      `the topics ${list} are not there, or this login may not see them, and it may not create topics: ` +
        'make them and grant the rights with the commands of docs/least-privilege.md',
      { cause, topics: list },
    );
  }
}

async function check(admin: TopicAdmin, topics: readonly WantedTopic[], log: Logger): Promise<string[]> {
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
