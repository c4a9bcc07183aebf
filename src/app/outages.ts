import type { Kafka } from 'kafkajs';

import { kafkaError } from '../adapters/kafka/errors.ts';
import type { Keycloak } from '../adapters/keycloak/keycloak.ts';
import { createOutageStore } from '../adapters/redis/outage-store.ts';
import type { Mailer } from '../adapters/mail/mailer.ts';
import { Outages, type ProbeOf, realmOf } from '../jobs/outages.ts';
import type { Base } from './base.ts';
import type { Storage } from './storage.ts';

/** How often each instance looks which systems are away: two commands to Redis. */
const lookEveryMs = 500;

export interface OutageParts {
  readonly storage: Storage;
  readonly keycloak: Keycloak;
  readonly mailer: Mailer;
}

export function openOutages(base: Base, parts: OutageParts): Promise<Outages> {
  const { config, lifecycle, log, now } = base;
  const { redis, queues } = parts.storage;
  const store = createOutageStore(redis, config.REDIS_PREFIX);
  const outages = new Outages({ store, probeOf: probesOf(base, parts), wake: (job) => queues.wake(job), now, log });
  let looking: Promise<void> | null = null;
  return lifecycle
    .open(
      'look at outages',
      () =>
        setInterval(() => {
          // Without Redis nothing is woken, and the service says elsewhere that Redis is away.
          looking ??= outages
            .tick()
            .catch(() => undefined)
            .finally(() => (looking = null));
        }, lookEveryMs),
      async (timer) => {
        clearInterval(timer);
        await looking;
        await outages.idle();
      },
    )
    .then(() => outages);
}

/** A webhook has no probe: to call it is the only way to look. */
function probesOf({ config, realms }: Base, { storage, keycloak, mailer }: OutageParts): ProbeOf {
  return (system) => {
    const realm = realmOf(system);
    if (realm !== undefined) {
      return realms().includes(realm) ? () => keycloak.probe(realm) : null;
    }
    switch (system) {
      case 'mail':
        return () => mailer.verify();
      case 'kafka':
        return () => probeKafka(storage.kafka, config.KAFKA_APPROVALS_TOPIC);
      default:
        return null;
    }
  };
}

async function probeKafka(kafka: Kafka, topic: string): Promise<void> {
  const admin = kafka.admin({ retry: { retries: 0 } });
  try {
    await admin.connect();
    await admin.fetchTopicMetadata({ topics: [topic] });
  } catch (cause) {
    throw kafkaError(cause, 'reach Kafka');
  } finally {
    await admin.disconnect().catch(() => undefined); // it was only asked whether it is there
  }
}
