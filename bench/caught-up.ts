import { setTimeout as sleep } from 'node:timers/promises';

import { createKafka } from '../src/adapters/kafka/client.ts';
import { createLog } from '../src/platform/log.ts';
import { stackEnv } from '../test/stack/support/realm.ts';
import type { TestService } from '../test/stack/support/service.ts';
import { until } from '../test/stack/support/until.ts';

const topic = 'keycloak.events';

/**
 * A service with a new group begins with all that the topic still has, also of earlier runs. Waits until that is behind
 * it: else its work would be measured as well.
 */
export async function untilCaughtUp({ settings, opsUrl }: TestService): Promise<void> {
  const kafka = createKafka({ brokers: stackEnv.KAFKA_BROKERS.split(',') }, createLog('fatal', process.stderr));
  const admin = kafka.admin();
  await admin.connect();
  try {
    const ends = await admin.fetchTopicOffsets(topic);
    await until(
      'the service having read what was there before',
      async () => {
        const [committed] = await admin.fetchOffsets({ groupId: settings.KAFKA_GROUP, topics: [topic] });
        const at = new Map(committed?.partitions.map(({ partition, offset }) => [partition, Number(offset)]));
        return ends.filter(({ partition, high }) => Number(high) > Math.max(0, at.get(partition) ?? 0)).length;
      },
      (behind) => behind === 0,
      300_000,
    );
    await until(
      'the queues of the service being empty',
      async () => {
        await sleep(500); // each look costs the service something
        return jobsIn(await (await fetch(`${opsUrl}/metrics`)).text());
      },
      (jobs) => jobs === 0,
      300_000,
    );
  } finally {
    await admin.disconnect();
  }
}

/** Of what people do; the service's own upkeep is in the queue `deadlines`. */
function jobsIn(metrics: string): number {
  const depths = [
    ...metrics.matchAll(/^vestibule_queue_jobs\{queue="(?:registrations|confirmations|mail)"\} (\d+)$/gm),
  ];
  return depths.length === 0 ? Number.NaN : depths.reduce((sum, [, jobs]) => sum + Number(jobs), 0);
}
