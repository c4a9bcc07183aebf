import type { Redis } from 'ioredis';

import { createRememberedJobs, type RememberedJobs } from '../adapters/queue/remembered-jobs.ts';
import type { Queues } from '../adapters/queue/queues.ts';
import type { KafkaJoining } from '../adapters/kafka/joining.ts';
import type { SealedTopic } from '../adapters/kafka/sealed-topic.ts';
import { createLockouts } from '../adapters/redis/lockouts.ts';
import { RefusedSnapshots } from '../adapters/redis/refused-snapshots.ts';
import { keepMarksMs, RememberedState } from '../adapters/redis/remembered-state.ts';
import { StatePublisher } from '../adapters/redis/state-publisher.ts';
import { TopicMaterialiser } from '../adapters/redis/topic-materialiser.ts';
import type { Lockouts } from '../jobs/payloads.ts';
import { type Base, maxAgeMsOf } from './base.ts';

export interface State {
  readonly state: RememberedState;
  readonly stateMaterialiser: TopicMaterialiser;
  /** What the topic held that is not believed, since the start; `null`: nothing. */
  readonly stateRefusals: () => string | null;
  readonly lockouts: Lockouts;
  readonly jobs: RememberedJobs;
  /** Resolves when Kafka has all changes that were made before the call, except records that it refuses. */
  readonly remembered: () => Promise<void>;
}

interface StateParts {
  readonly redis: Redis;
  readonly queues: Queues;
  readonly joining: KafkaJoining;
  readonly topic: SealedTopic;
  readonly sealedWith: string;
}

/** What must not be forgotten besides approvals: Kafka remembers, Redis works. */
export async function openState(base: Base, { redis, queues, joining, topic, sealedWith }: StateParts): Promise<State> {
  const { config, log, lifecycle, metrics, now } = base;
  const keepMs = keepMarksMs(maxAgeMsOf(config));
  const state = new RememberedState({ redis, prefix: config.REDIS_PREFIX, keepMs, now });
  const refused = new RefusedSnapshots('state', log, (why) => metrics.snapshotRefused(why));
  const stateMaterialiser = await lifecycle.open(
    'state',
    () =>
      new TopicMaterialiser({
        redis,
        topic,
        what: 'state',
        keys: state.keys,
        sealedWith,
        take: async (record, commands, at) => state.takeOver(record, refused, commands, at),
        fillTopic: (commands) => state.fillTopic(commands),
        log,
      }),
    (made) => made.stop(),
  );
  await joining.step(() => stateMaterialiser.start());
  const publisher = await lifecycle.open(
    'publisher of the state',
    () => {
      const made = new StatePublisher({ redis, state, publish: (key, json) => topic.publish(key, json), log, now });
      made.start();
      return made;
    },
    (made) => made.stop(),
  );
  const lockouts = createLockouts(state, now);
  const jobs = createRememberedJobs({ queues, state, lockouts, log, now });
  const stateRefusals = (): string | null => refused.detail;
  return { state, stateMaterialiser, stateRefusals, lockouts, jobs, remembered: () => publisher.flush() };
}
