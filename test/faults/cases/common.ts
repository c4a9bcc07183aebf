import kafkajs from 'kafkajs';

import { stackEnv } from '../../stack/support/realm.ts';
import type { Instance } from '../support/instance.ts';
import type { OwnRedis } from '../support/breakable.ts';
import type { Scene } from '../support/scene.ts';

/** A Redis of the case's own, and what an instance needs to use it. */
export async function ownRedis(scene: Scene): Promise<{ redis: OwnRedis; env: Record<string, string> }> {
  const redis = await scene.redis();
  return { redis, env: { REDIS_URL: redis.url } };
}

/** Listens to a topic on which nothing comes: as if Keycloak's listener lost every event. */
export function onlyEventStore({ realm }: Scene): Record<string, string> {
  return { KAFKA_EVENTS_TOPIC: `${realm.realm}.silent` };
}

/** Changes settings of an instance's own topics, on the broker. */
export async function anyTopic(
  { settings }: Instance,
  config: Readonly<Record<string, string>>,
  which = /^KAFKA_(?!EVENTS).*TOPIC$/,
): Promise<void> {
  const kafka = new kafkajs.Kafka({ brokers: stackEnv.KAFKA_BROKERS.split(','), logLevel: kafkajs.logLevel.NOTHING });
  const admin = kafka.admin();
  await admin.connect();
  try {
    const topics = Object.entries(settings).flatMap(([name, value]) => (which.test(name) && value ? [value] : []));
    const type = kafkajs.ConfigResourceTypes.TOPIC;
    const { resources } = await admin.describeConfigs({
      includeSynonyms: false,
      resources: topics.map((name) => ({ type, name })),
    });
    // What is not named would go back to the broker's default.
    const changed = resources.map(({ resourceName, configEntries }) => {
      const own = configEntries.filter(({ configSource }) => configSource === kafkajs.ConfigSource.TOPIC_CONFIG);
      const all = { ...Object.fromEntries(own.map((entry) => [entry.configName, entry.configValue])), ...config };
      const entries = Object.entries(all).map(([name, value]) => ({ name, value }));
      return { type, name: resourceName, configEntries: entries };
    });
    await admin.alterConfigs({ validateOnly: false, resources: changed });
  } finally {
    await admin.disconnect();
  }
}

/** The same, of the audit topic alone. */
export const auditTopic = (instance: Instance, config: Readonly<Record<string, string>>): Promise<void> =>
  anyTopic(instance, config, /^KAFKA_AUDIT_TOPIC$/);
