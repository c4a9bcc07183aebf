import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Redis } from 'ioredis';

import { producerConnection, workerConnection } from '../../src/adapters/queue/connection.ts';
import { createQueues, type Queues } from '../../src/adapters/queue/queues.ts';
import { openStoredJobs, type StoredJob, type StoredJobs } from '../../src/adapters/queue/stored-jobs.ts';
import { startWorker } from '../../src/adapters/queue/worker.ts';
import type { Handler, QueueName } from '../../src/jobs/payloads.ts';
import { ServiceError } from '../../src/platform/errors.ts';
import { Lifecycle } from '../../src/platform/lifecycle.ts';
import { stackEnv } from './support/realm.ts';
import { connectSystems, type Systems } from './support/kafka-redis.ts';
import { until } from './support/until.ts';

const open = new Lifecycle();
let systems: Systems;
let workers: Redis;
let queues: Queues;
let stored: StoredJobs;

beforeAll(async () => {
  systems = await open.open('systems', connectSystems, (opened) => opened.close());
  const { log, prefix } = systems;
  const connect = (connection: () => Redis) => open.open('redis', connection, (redis) => redis.disconnect());
  const producers = await connect(() => producerConnection(stackEnv.REDIS_URL, log));
  workers = await connect(() => workerConnection(stackEnv.REDIS_URL, log));
  await until(
    'Redis',
    () => producers.status,
    (status) => status === 'ready',
  );
  queues = createQueues(producers, prefix);
  stored = openStoredJobs(producers, prefix);
  await open.open(
    'queues',
    () => queues,
    () => Promise.all([queues.close(), stored.close()]).then(() => undefined),
  );
}, 60_000);

afterAll(() => open.close());

function work<Name extends QueueName>(queue: Name, handle: Handler<Name>) {
  const outcomes: string[] = [];
  const worker = startWorker(queue, handle, {
    connection: workers,
    prefix: systems.prefix,
    concurrency: 1,
    log: systems.log,
    onSetback: async () => undefined,
    onOutcome: (_, outcome) => void outcomes.push(outcome),
    onDone: async () => undefined,
    onGivenUp: () => undefined,
  });
  return { outcomes, stop: () => worker.stop(1_000) };
}

describe('src/adapters/queue/worker', () => {
  it('tells operators why a job was put off, until another attempt ends otherwise', async () => {
    let fault = new ServiceError('AUDIT_UNAVAILABLE', 'Kafka does not have all audit entries');
    const { stop } = work('outcomes', () => Promise.reject(fault));
    await queues.add('outcomes', [{ id: 'put-off', data: { approvalId: 'a', revision: 1 } }]);
    const jobWith = (reason: string) =>
      until(
        `a job that waits: ${reason}`,
        () => stored.find('outcomes', 'put-off'),
        (job) => job?.state === 'delayed' && job.reason === reason,
      );
    const job = (await jobWith('AUDIT_UNAVAILABLE: Kafka does not have all audit entries')) as StoredJob;
    expect(job.attempts).toBe(0);
    fault = new ServiceError('KEYCLOAK_UNAVAILABLE', 'no answer');
    await stored.retry(job);
    await jobWith('KEYCLOAK_UNAVAILABLE: no answer');
    await stop();
  }, 30_000);

  it('says once that a repeated task fails, and leaves nothing of it among the failed jobs', async () => {
    const away = new ServiceError('KAFKA_UNAVAILABLE', 'no answer');
    let turn = 0;
    const { outcomes, stop } = work('deadlines', (): Promise<never> => {
      turn += 1;
      const failures = turn % 2 === 0 ? [away] : [away, away];
      return Promise.reject(new AggregateError(failures, `${failures.length} of 3 failed: no answer`));
    });
    await queues.schedule('sweep', 50);
    await until(
      'three turns',
      () => outcomes.length,
      (turns) => turns >= 3,
    );
    await stop();
    expect(systems.lines.filter(({ msg }) => String(msg).startsWith('a repeated task failed'))).toHaveLength(1);
    expect((await queues.counts())['deadlines']).toMatchObject({ failed: 0 });
  }, 30_000);
});
