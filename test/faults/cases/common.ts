import kafkajs from 'kafkajs';

import { signed } from '../../stack/support/signed.ts';
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

const kafkaOfStack = () =>
  new kafkajs.Kafka({ brokers: stackEnv.KAFKA_BROKERS.split(','), logLevel: kafkajs.logLevel.NOTHING });

/** An administrator of the stack's Kafka, for as long as it takes. */
export async function atKafka<T>(
  work: (systems: { readonly kafka: kafkajs.Kafka; readonly admin: kafkajs.Admin }) => Promise<T>,
): Promise<T> {
  const kafka = kafkaOfStack();
  const admin = kafka.admin();
  await admin.connect();
  try {
    return await work({ kafka, admin });
  } finally {
    await admin.disconnect();
  }
}

/** A topic of events that the case writes, signed as by Keycloak's listener, in place of the listener. */
export async function ownEvents(scene: Scene) {
  const topic = `${scene.realm.realm}.written`;
  const producer = await scene.keep(
    'writer of events',
    (async () => {
      const made = kafkaOfStack().producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner });
      await made.connect();
      return made;
    })(),
    (made) => made.disconnect(),
  );
  const { realm, admin } = scene.realm;
  return {
    topic,
    env: { KAFKA_EVENTS_TOPIC: topic },
    /** What Keycloak stored of who registered so far, as the listener announces it. */
    async stored(): Promise<Record<string, unknown>[]> {
      const events = await admin.realms.findEvents({ realm, type: 'REGISTER' as never, max: 100 });
      return events.map((event) => ({ ...event, realmName: realm }));
    },
    async write(events: readonly (Record<string, unknown> | string)[]): Promise<void> {
      const messages = events.map((event) => {
        const value = typeof event === 'string' ? event : JSON.stringify(event);
        const key = typeof event === 'string' ? 'junk' : String(event['userId']);
        return { ...signed(topic, key, value, stackEnv.EVENT_SIGNING_KEY), partition: 0 };
      });
      await producer.send({ topic, messages });
    },
  };
}

/** Changes settings of an instance's own topics, on the broker. */
export async function anyTopic(
  { settings }: Instance,
  config: Readonly<Record<string, string>>,
  which = /^KAFKA_(?!EVENTS).*TOPIC$/,
): Promise<void> {
  await atKafka(async ({ admin }) => {
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
  });
}

/** The same, of the audit topic alone. */
export const auditTopic = (instance: Instance, config: Readonly<Record<string, string>>): Promise<void> =>
  anyTopic(instance, config, /^KAFKA_AUDIT_TOPIC$/);
