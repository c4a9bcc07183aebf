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

describe('src/adapters/redis/audit-spool', () => {
  const spoolOf = (name: string, limits?: { entries: number; refused: number }) =>
    createAuditSpool(systems.redis, `${systems.prefix}:${name}`, limits);

  it('keeps entries in their order until they are done, and no more than it may', async () => {
    const spool = spoolOf('order', { entries: 3, refused: 1 });
    expect(await spool.backlog()).toEqual({ entries: 0, oldestMs: 0, refused: 0 });
    const added = [await spool.add('1'), await spool.add('2'), await spool.add('3'), await spool.add('4')];
    expect(added).toEqual([true, true, true, false]);

    const [first, second] = await spool.first(2);
    expect([first?.json, second?.json]).toEqual(['1', '2']);
    await spool.done(first === undefined ? [] : [first]);

    expect((await spool.first(9)).map(({ json }) => json)).toEqual(['2', '3']);
    expect(await spool.backlog()).toMatchObject({ entries: 2, refused: 0 });
  });

  it('keeps apart what Kafka refuses, and no more than it may', async () => {
    const spool = spoolOf('apart', { entries: 3, refused: 1 });
    await spool.add('too big');
    await spool.add('bigger still');
    const [big, bigger] = await spool.first(2);
    expect(big && (await spool.setAside(big))).toBe(true);
    expect(bigger && (await spool.setAside(bigger))).toBe(false);

    expect(await spool.backlog()).toMatchObject({ entries: 1, refused: 1 });
    const [apart] = await spool.refused(9);
    expect(apart?.json).toBe('too big');
    await spool.done(apart === undefined ? [] : [apart]);
    expect(await spool.backlog()).toMatchObject({ entries: 1, refused: 0 });
  });

  it('is emptied by one instance at a time', async () => {
    const holders: string[] = [];
    await spoolOf('lock').hold(async () => {
      holders.push('first');
      await spoolOf('lock').hold(async () => void holders.push('second'));
    });
    await spoolOf('lock').hold(async () => void holders.push('third'));
    expect(holders).toEqual(['first', 'third']);
  });

  it('remembers what was recorded', async () => {
    await spoolOf('noted').note('a');
    expect([await spoolOf('noted').noted('a'), await spoolOf('noted').noted('b')]).toEqual([true, false]);
  });
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
