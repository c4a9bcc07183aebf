import { describe, expect, it } from '@jest/globals';
import { type Admin, ConfigSource, type ITopicConfig } from 'kafkajs';

import { ensureTopics } from '../../../src/adapters/kafka/topics.ts';
import { createLog } from '../../../src/platform/log.ts';

const names = { events: 'ev', approvals: 'ap', state: 'st', door: 'do', audit: 'au', deadLetters: 'dl' };

/** A cluster with these topics, given by their cleanup policies. */
function setup(policies: Record<string, string>, brokers = 1) {
  const created: ITopicConfig[] = [];
  const lines: string[] = [];
  const admin: Pick<Admin, 'listTopics' | 'describeCluster' | 'createTopics' | 'describeConfigs'> = {
    listTopics: async () => Object.keys(policies),
    describeCluster: async () => ({
      brokers: Array.from({ length: brokers }, (_, nodeId) => ({ nodeId, host: 'h', port: 1 })),
      controller: 0,
      clusterId: 'c',
    }),
    createTopics: async ({ topics }) => {
      created.push(...topics);
      return true;
    },
    describeConfigs: async ({ resources }) => ({
      throttleTime: 0,
      resources: resources.map(({ name, type }) => ({
        resourceName: name,
        resourceType: type,
        errorCode: 0,
        errorMessage: '',
        configEntries: [
          {
            configName: 'cleanup.policy',
            configValue: policies[name] ?? '',
            readOnly: false,
            isDefault: false,
            configSource: ConfigSource.TOPIC_CONFIG,
            isSensitive: false,
            configSynonyms: [],
          },
        ],
      })),
    }),
  };
  const log = createLog('warn', { write: (line: string) => void lines.push(line) });
  return { created, lines, ensure: () => ensureTopics(admin, names, log) };
}

describe('src/adapters/kafka/topics', () => {
  it('makes what is missing: approvals, state and the policy of the door compacted, the others not', async () => {
    const { created, ensure } = setup({ ev: 'delete' });

    await ensure();

    const policies = created.map(({ topic, configEntries }) => [
      topic,
      configEntries?.find(({ name }) => name === 'cleanup.policy')?.value,
    ]);
    expect(Object.fromEntries(policies)).toEqual({
      ap: 'compact',
      st: 'compact',
      do: 'compact',
      au: 'delete',
      dl: 'delete',
    });
    expect(created.map(({ replicationFactor }) => replicationFactor)).toEqual([1, 1, 1, 1, 1]);
  });

  it('keeps three copies where there are three brokers, two of them before it acknowledges', async () => {
    const { created, ensure } = setup({}, 5);

    await ensure();

    for (const { replicationFactor, configEntries } of created) {
      expect(replicationFactor).toBe(3);
      expect(configEntries).toContainEqual({ name: 'min.insync.replicas', value: '2' });
    }
  });

  it('refuses topics that would lose what they are for, each with its remedy', async () => {
    const { ensure } = setup({
      ev: 'delete',
      ap: 'delete',
      st: 'compact',
      do: 'compact',
      au: 'compact,delete',
      dl: 'delete',
    });

    await expect(ensure()).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      details: {
        problems: [
          'ap (KAFKA_APPROVALS_TOPIC) has cleanup.policy=delete, and an approval that waits longer than the retention ' +
            'would be lost; set it: kafka-configs.sh --alter --topic ap --add-config cleanup.policy=compact',
          expect.stringContaining('au (KAFKA_AUDIT_TOPIC) has cleanup.policy=compact,delete'),
        ],
      },
    });
  });

  it("only warns of the events topic, which is somebody else's", async () => {
    const { ensure, lines } = setup({
      ev: 'compact',
      ap: 'compact',
      st: 'compact',
      do: 'compact',
      au: 'delete',
      dl: 'delete',
    });

    await ensure();

    expect(lines.map((line) => JSON.parse(line))).toEqual([expect.objectContaining({ level: 'warn', topic: 'ev' })]);
  });
});
