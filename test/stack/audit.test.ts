import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { createAudit } from '../../src/adapters/kafka/audit.ts';
import { createAuditSpool } from '../../src/adapters/redis/audit-spool.ts';
import { ensureTopics } from '../../src/adapters/kafka/topics.ts';
import { createTopicWriter } from '../../src/adapters/kafka/topic-writer.ts';
import { connectSystems, recordsOf, type Systems } from './support/kafka-redis.ts';

let systems: Systems;

beforeAll(async () => {
  systems = await connectSystems();
  await ensureTopics(systems.admin, systems.topics, systems.log);
}, 30_000);
afterAll(() => systems.close());

describe('src/adapters/kafka/audit', () => {
  it("keeps every entry, one person's in the order in which they happened", async () => {
    const { producer, topics, log, prefix, redis } = systems;
    const audit = createAudit({
      writer: createTopicWriter(producer, topics.audit),
      spool: createAuditSpool(redis, prefix),
      log,
    });
    const users = ['u-1', 'u-2', 'u-3'];
    const steps = Array.from({ length: 40 }, (_, step) => String(step));

    await Promise.all(
      steps.flatMap((step) =>
        users.map((userId) =>
          audit.record({
            kind: 'step',
            realm: 'acme',
            clientId: 'portal',
            userId,
            eventId: 'e',
            step,
            outcome: 'changed',
          }),
        ),
      ),
    );

    const entries = (await recordsOf(systems, topics.audit)).map(({ key, value }) => ({
      key,
      ...JSON.parse(value ?? ''),
    }));
    for (const user of users) {
      expect(entries.filter(({ key }) => key === user).map(({ step }) => step)).toEqual(steps);
    }
    expect(new Set(entries.map(({ id }) => id)).size).toBe(120);
  }, 30_000);
});

describe('src/adapters/kafka/topics', () => {
  it('finds nothing to do, and nothing wrong, in topics that it made', async () => {
    const { admin, topics, log } = systems;

    await expect(ensureTopics(admin, topics, log)).resolves.toBeUndefined();
  });

  it('refuses an approvals topic that forgets', async () => {
    const { admin, topics, log, prefix } = systems;
    const approvals = `${prefix}.forgetful`;
    await admin.createTopics({ topics: [{ topic: approvals, numPartitions: 1 }], waitForLeaders: true });

    await expect(ensureTopics(admin, { ...topics, approvals }, log)).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringContaining('cleanup.policy=delete'),
    });
  });
});
