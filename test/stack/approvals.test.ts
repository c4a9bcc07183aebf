import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';

import { openSealedTopic, type SealedTopic } from '../../src/adapters/kafka/sealed-topic.ts';
import { ensureTopics } from '../../src/adapters/kafka/topics.ts';
import { createTopicWriter } from '../../src/adapters/kafka/topic-writer.ts';
import { approvalKeys } from '../../src/adapters/redis/approval-keys.ts';
import { ApprovalMaterialiser } from '../../src/adapters/redis/approval-materialiser.ts';
import { type ApprovalStoreDeps, RedisApprovalStore } from '../../src/adapters/redis/approval-store.ts';
import type { Approval } from '../../src/approvals/approval.ts';
import { sealHeader, Seals } from '../../src/approvals/seal.ts';
import type { LinkKey } from '../../src/approvals/links.ts';
import { ServiceError } from '../../src/platform/errors.ts';
import { asked as storedApproval } from '../fakes/stored-approvals.ts';
import { connectSystems, forget, recordsOf, type Systems, until } from './support/kafka-redis.ts';

const day = 86_400_000;
const userId = '8f5f4049-0c3a-487a-b691-ae647a61e85f';
let systems: Systems;
let snapshots: SealedTopic;
let topic: string;
let prefix: string;
let cases = 0;
const materialisers: ApprovalMaterialiser[] = [];

beforeAll(async () => {
  systems = await connectSystems();
}, 30_000);
beforeEach(async () => {
  cases += 1;
  prefix = `${systems.prefix}-${cases}`;
  topic = `${systems.topics.approvals}-${cases}`;
  const { admin, topics, log } = systems;
  await ensureTopics(admin, { ...topics, approvals: topic }, log);
  snapshots = snapshotsWith(keys('k1'));
}, 30_000);
afterEach(async () => {
  await Promise.all(materialisers.splice(0).map((materialiser) => materialiser.stop()));
});
afterAll(() => systems.close());

/** Keys as in LINK_KEYS, the first seals. */
const keys = (...ids: string[]): LinkKey[] => ids.map((id) => ({ id, secret: Buffer.alloc(32, id) }));

function snapshotsWith(linkKeys: readonly LinkKey[]): SealedTopic {
  const { kafka, producer, log } = systems;
  const writer = createTopicWriter(producer, topic);
  return openSealedTopic({ kafka, writer, topic, seals: new Seals(linkKeys, topic), group: topic, log });
}

async function materialise(
  sealedWith = 'k1',
  from = snapshots,
  onRefused: (why: string) => void = () => undefined,
): Promise<ApprovalMaterialiser> {
  const { redis, log } = systems;
  const checkEveryMs = 50;
  const deps = { redis, prefix, snapshots: from, sealedWith, log, checkEveryMs, onRefused };
  const materialiser = new ApprovalMaterialiser(deps);
  materialisers.push(materialiser);
  await materialiser.start();
  return materialiser;
}

function storeWith(change: Partial<ApprovalStoreDeps> = {}) {
  const { redis, log } = systems;
  return new RedisApprovalStore({ redis, prefix, publish: (id, json) => snapshots.publish(id, json), log, ...change });
}

function asked(change: Partial<Approval> = {}): Approval {
  return storedApproval({ userId, ...change });
}

function approved(approval: Approval, change: Partial<Approval> = {}): Approval {
  return { ...approval, revision: approval.revision + 1, state: 'approved', decidedAt: Date.now(), ...change };
}

async function published(id: string): Promise<number[]> {
  const records = await recordsOf(systems, topic);
  return records.filter(({ key }) => key === id).map(({ value }) => JSON.parse(value ?? '').revision);
}

const kafkaAway = async () => {
  throw new ServiceError('KAFKA_UNAVAILABLE', 'away');
};

describe('src/adapters/redis/approval-store', () => {
  it('asks once, however often it is told to', async () => {
    await materialise();
    const store = storeWith();
    const approval = asked();

    const opened = await Promise.all([store.open(approval), store.open(approval), storeWith().open(approval)]);

    expect(opened.filter(Boolean)).toHaveLength(1);
    await expect(store.get(approval.id)).resolves.toEqual(approval);
  }, 30_000);

  it('of fifty racing decisions exactly one wins, and that is what stays', async () => {
    await materialise();
    const store = storeWith();
    const approval = asked();
    await store.open(approval);
    const decisions = Array.from({ length: 50 }, (_, index) =>
      approved(approval, { state: index % 2 === 0 ? 'approved' : 'rejected', decidedAt: index }),
    );

    const won = await Promise.all(decisions.map((decision) => store.replace(decision)));

    expect(won.filter(Boolean)).toHaveLength(1);
    await expect(store.get(approval.id)).resolves.toEqual(decisions[won.indexOf(true)]);
  }, 30_000);

  it('resolves a change after Kafka has it', async () => {
    await materialise();
    const store = storeWith();
    const approval = asked();

    await store.open(approval);
    expect(await published(approval.id)).toEqual([1]);

    await store.replace(approved(approval));
    expect(await published(approval.id)).toEqual([1, 2]);
  }, 30_000);

  it('finds an approval by its user while it waits, and by its dates while they matter', async () => {
    await materialise();
    const store = storeWith();
    const now = Date.now();
    const early = asked({ askedAt: now - 2, expiresAt: now - 1, remindAt: now - 5 });
    const late = asked({ askedAt: now - 1, expiresAt: now + day, remindAt: now + day });
    await store.open(late);
    await store.open(early);

    expect(await store.due(now, 0, 10)).toEqual([early.id]);
    expect(await store.remindable(now, 10)).toEqual([early.id]);
    expect([...(await store.ofUser('acme', userId))].toSorted()).toEqual([early.id, late.id].toSorted());
    expect(await store.ofUser('other', userId)).toEqual([]);

    const decided = approved(early, { decidedAt: now });
    await store.replace(decided);
    expect(await store.ofUser('acme', userId)).toEqual([late.id]);
    expect(await store.remindable(now, 10)).toEqual([]);
    expect(await store.due(now + 999, 1_000, 10)).toEqual([]);
    expect(await store.due(now + 1_000, 1_000, 10)).toEqual([early.id]);

    await store.replace({ ...decided, revision: 3, settled: true });
    expect(await store.due(now + day, 0, 10)).toEqual([late.id]);
    const ttl = await systems.redis.pttl(approvalKeys(prefix).approval(early.id));
    expect(ttl / day).toBeCloseTo(90, 1);
  }, 30_000);

  it('names those that nobody is asked about yet in turns, and reminds of none of them', async () => {
    await materialise();
    const store = storeWith();
    const now = Date.now();
    const all = [3, 2, 1].map((ago) => asked({ askedAt: now - ago, remindAt: now - ago, waitFor: 'email-verified' }));
    for (const approval of all) {
      await store.open(approval);
    }
    const [first, second, third] = all.map(({ id }) => id);

    expect(await store.unasked(now, 2)).toEqual([first, second]);
    expect(await store.unasked(now + 1, 1)).toEqual([third]);
    expect(new Set(await store.unasked(now + 2, 2))).toEqual(new Set([first, second]));
    expect(await store.remindable(now, 10)).toEqual([]);

    const [verified] = all;
    await store.replace({ ...(verified ?? asked()), revision: 2, waitFor: null });
    expect(await store.unasked(now + 2, 10)).not.toContain(first);
    expect(await store.remindable(now, 10)).toEqual([first]);
  }, 30_000);

  it('names an outcome that stays unsettled again only after the others had their turn', async () => {
    await materialise();
    const store = storeWith();
    const now = Date.now();
    const stuck = approved(asked(), { revision: 1, decidedAt: now - 2 });
    const next = approved(asked(), { revision: 1, decidedAt: now - 1 });
    await store.open(stuck);
    await store.open(next);

    expect(await store.due(now, 0, 1)).toEqual([stuck.id]);
    expect(await store.due(now, 0, 1)).toEqual([next.id]);
    expect(await store.due(now + 999, 1_000, 10)).toEqual([]);
    expect(await store.due(now + 1_000, 1_000, 10)).toHaveLength(2);
  }, 30_000);

  it('a change that Kafka did not get is published before anybody is shown it', async () => {
    await materialise();
    const approval = asked();
    await storeWith().open(approval);
    const broken = storeWith({ publish: kafkaAway });

    await expect(broken.replace(approved(approval))).rejects.toMatchObject({ code: 'KAFKA_UNAVAILABLE' });
    await expect(broken.get(approval.id)).rejects.toMatchObject({ code: 'KAFKA_UNAVAILABLE' });

    await expect(storeWith().get(approval.id)).resolves.toMatchObject({ revision: 2, state: 'approved' });
    expect(await published(approval.id)).toEqual([1, 2]);
  }, 30_000);

  it('asking again after Kafka was away publishes what was asked the first time', async () => {
    await materialise();
    const approval = asked();
    await expect(storeWith({ publish: kafkaAway }).open(approval)).rejects.toMatchObject({ code: 'KAFKA_UNAVAILABLE' });

    await expect(storeWith().open(approval)).resolves.toBe(false);

    expect(await published(approval.id)).toEqual([1]);
  }, 30_000);

  it('republishes in the background what nobody asks for', async () => {
    await materialise();
    const approval = asked();
    await storeWith({ publish: kafkaAway })
      .open(approval)
      .catch(() => undefined);

    expect(await storeWith().republish()).toBe(0); // the caller that made the change may still be at it
    const later = storeWith({ now: () => Date.now() + 10_000 });
    expect(await later.republish()).toBe(1);
    expect(await later.republish()).toBe(0);
    expect(await published(approval.id)).toEqual([1]);
  }, 30_000);

  it('follows an older revision that was held up with the newer one', async () => {
    await materialise();
    const approval = asked();
    const store = storeWith();
    const heldUp = storeWith({
      publish: async (id, json) => {
        if (JSON.parse(json).revision === 1) {
          await store.replace(approved(approval));
        }
        await snapshots.publish(id, json);
      },
    });

    await heldUp.open(approval);

    expect(await published(approval.id)).toEqual([2, 1, 2]);
  }, 30_000);
});

describe('src/adapters/redis/approval-materialiser', () => {
  it('rebuilds an empty Redis from the topic', async () => {
    await materialise();
    const store = storeWith();
    const waiting = asked();
    const decided = asked();
    await store.open(waiting);
    await store.open(decided);
    await store.replace(approved(decided));
    await Promise.all(materialisers.splice(0).map((materialiser) => materialiser.stop()));
    await forget(systems.redis, prefix);

    await materialise();

    await expect(store.get(waiting.id)).resolves.toEqual(waiting);
    await expect(store.get(decided.id)).resolves.toMatchObject({ revision: 2, state: 'approved' });
    expect(await store.ofUser('acme', userId)).toEqual([waiting.id]);
  }, 30_000);

  it('notices that Redis was emptied while it runs; until it is rebuilt, nothing is answered and nothing asked', async () => {
    const materialiser = await materialise();
    const store = storeWith();
    const approval = asked();
    await store.open(approval);

    await forget(systems.redis, prefix);
    const lost = new RedisApprovalStore({
      redis: systems.redis,
      prefix: `${prefix}-never`,
      publish: kafkaAway,
      log: systems.log,
    });
    await expect(lost.get(approval.id)).rejects.toMatchObject({ code: 'REDIS_UNAVAILABLE' });
    await expect(lost.open(approval)).rejects.toMatchObject({ code: 'REDIS_UNAVAILABLE' });
    await expect(lost.ofUser('acme', userId)).rejects.toMatchObject({ code: 'REDIS_UNAVAILABLE' });

    const found = await until(
      'the approval',
      () => store.get(approval.id).catch((error: ServiceError) => error.code),
      (seen) => seen !== 'REDIS_UNAVAILABLE',
    );
    expect(found).toEqual(approval);
    await until('ready', () => materialiser.ready, Boolean);
    await expect(store.open(approval)).resolves.toBe(false);
  }, 30_000);

  it('brings back the tail that Redis lost', async () => {
    const { redis } = systems;
    await materialise();
    const store = storeWith();
    const approval = asked();
    const keys = approvalKeys(prefix);
    await store.open(approval);
    await until(
      'the position',
      () => redis.hget(keys.offsets, '0'),
      (offset) => offset === '1',
    );
    const before = await redis.hgetall(keys.approval(approval.id));
    await store.replace(approved(approval));
    await until(
      'the position',
      () => redis.hget(keys.offsets, '0'),
      (offset) => offset === '2',
    );

    // As after a failover to a replica that had not got the last change.
    await redis.hset(keys.approval(approval.id), before);
    await redis.hset(keys.offsets, '0', '1');

    const seen = await until(
      'revision 2',
      () => store.get(approval.id),
      (found) => found?.revision === 2,
    );
    expect(seen?.state).toBe('approved');
    expect(await store.ofUser('acme', userId)).toEqual([]);
  }, 30_000);

  it("marks an approval of which the topic's last word is an older revision", async () => {
    await materialise();
    const store = storeWith();
    const approval = asked();
    await store.open(approval);
    await store.replace(approved(approval));

    await snapshots.publish(approval.id, JSON.stringify(approval)); // a writer that died right after a late repeat

    const later = storeWith({ now: () => Date.now() + 10_000 });
    await until(
      'republished',
      () => later.republish(),
      (count) => count === 1,
    );
    expect(await published(approval.id)).toEqual([1, 2, 1, 2]);
  }, 30_000);

  it('takes away what the topic has a sealed tombstone for', async () => {
    await materialise();
    const store = storeWith();
    const approval = asked();
    await store.open(approval);
    const headers = { [sealHeader]: new Seals(keys('k1'), topic).seal({ id: approval.id, json: null }) };
    await systems.producer.send({ topic, messages: [{ key: approval.id, value: null, headers }] });
    await until(
      'it is gone',
      () => store.get(approval.id),
      (found) => found === null,
    );
    expect(await store.ofUser('acme', userId)).toEqual([]);
  }, 30_000);

  it('believes nothing that is not sealed, counts it, and has its own state follow', async () => {
    const refused: string[] = [];
    const materialiser = await materialise('k1', snapshots, (why) => refused.push(why));
    const store = storeWith();
    const approval = asked();
    const next = asked();
    const forged = asked();
    const sealed = (seals: Seals, id: string, json: string) => ({ [sealHeader]: seals.seal({ id, json }) });
    await store.open(approval);
    const decided = JSON.stringify(approved(approval, { revision: 9 }));
    const wrongSteps = JSON.stringify({ ...forged, then: { ...forged.then, approved: [{ uses: 'make-admin' }] } });

    await systems.producer.send({
      topic,
      messages: [
        { key: approval.id, value: null },
        { key: approval.id, value: decided },
        { key: approval.id, value: decided, headers: { [sealHeader]: `k1.${'A'.repeat(43)}` } },
        { key: approval.id, value: decided, headers: sealed(new Seals(keys('k2'), topic), approval.id, decided) },
        { key: approval.id, value: decided, headers: sealed(new Seals(keys('k1'), 'x'), approval.id, decided) },
        { key: approval.id, value: decided, headers: sealed(new Seals(keys('k1'), topic), next.id, decided) },
        { key: 'x', value: 'no snapshot', headers: sealed(new Seals(keys('k1'), topic), 'x', 'no snapshot') },
        { key: next.id, value: decided, headers: sealed(new Seals(keys('k1'), topic), next.id, decided) },
        { key: forged.id, value: wrongSteps, headers: sealed(new Seals(keys('k1'), topic), forged.id, wrongSteps) },
      ],
    });
    await snapshots.publish(next.id, JSON.stringify(next));

    await until(
      'the next one',
      () => store.get(next.id),
      (found) => found !== null,
    );
    const reasons = ['unsigned', 'unsigned', 'wrong', 'unknown-key', 'wrong', 'wrong', 'unreadable', 'unreadable'];
    expect(refused).toEqual([...reasons, 'unreadable']);
    expect(materialiser.refusals).toMatch(/^9 records of the topic were refused, the last at .*: unreadable$/);
    expect(systems.lines.filter(({ msg }) => msg === 'records of a sealed topic are not believed')).toEqual([
      expect.objectContaining({ level: 'error', why: 'unsigned', remedy: expect.any(String) }),
    ]);
    expect(await store.get(approval.id)).toEqual(approval);
    expect(await store.get(forged.id)).toBeNull();
    // `get` has sent its own state after what was refused: compaction must not leave the forged one alone.
    const records = await recordsOf(systems, topic);
    expect(records.findLast(({ key }) => key === approval.id)?.value).toBe(JSON.stringify(approval));
  }, 30_000);

  it('a genuine snapshot from before the outcome undoes nothing, also while Redis is built anew', async () => {
    await materialise();
    const store = storeWith();
    const approval = asked();
    await store.open(approval);
    const rejected = approved(approval, { state: 'rejected' });
    await store.replace(rejected);
    await Promise.all(materialisers.splice(0).map((materialiser) => materialiser.stop()));
    await snapshots.publish(approval.id, JSON.stringify(approval));
    await forget(systems.redis, prefix);

    await materialise();
    expect(await store.get(approval.id)).toEqual(rejected);
    expect(await store.ofUser('acme', userId)).toEqual([]);
  }, 30_000);

  it('a genuine snapshot of an approval that ended so long ago that Redis forgot it does not begin it again', async () => {
    await materialise();
    const longAgo = Date.now() - 91 * day;
    const waiting = asked({ askedAt: longAgo - day, expiresAt: longAgo });
    const settled = approved(waiting, { settled: true, decidedAt: longAgo - 1_000 });
    const next = asked();
    for (const approval of [waiting, settled, waiting, next]) {
      await snapshots.publish(approval.id, JSON.stringify(approval));
    }
    const store = storeWith();
    await until(
      'the next one',
      () => store.get(next.id),
      (found) => found !== null,
    );
    expect(await store.get(waiting.id)).toBeNull();
    expect(await store.due(Date.now(), 0, 10)).toEqual([]);
  }, 30_000);

  it('seals with a new key what an older one sealed, so that the older one can be taken out', async () => {
    const store = storeWith();
    const materialiser = await materialise();
    const open = asked();
    const longAgo = Date.now() - 100 * day;
    const old = approved(asked({ askedAt: longAgo, expiresAt: longAgo }), { settled: true, decidedAt: longAgo });
    await store.open(open);
    await snapshots.publish(old.id, JSON.stringify(old));
    await until(
      'the position',
      () => systems.redis.hget(approvalKeys(prefix).offsets, '0'),
      (offset) => offset === '2',
    );
    await materialiser.stop();

    const both = snapshotsWith(keys('k2', 'k1'));
    await materialise('k2', both);
    await storeWith({ publish: (id, json) => both.publish(id, json), now: () => Date.now() + 10_000 }).republish();
    await Promise.all(materialisers.splice(0).map((each) => each.stop()));

    await forget(systems.redis, prefix);
    const refused: string[] = [];
    await materialise('k2', snapshotsWith(keys('k2')), (why) => refused.push(why));
    expect(await store.get(open.id)).toEqual(open);
    const records = await recordsOf(systems, topic);
    for (const { id } of [open, old]) {
      expect(records.findLast(({ key }) => key === id)?.headers[sealHeader]).toMatch(/^k2\./);
    }
    // What the older key sealed is there until compaction takes it away, and is not believed any more.
    expect(new Set(refused)).toEqual(new Set(['unknown-key']));
  }, 60_000);

  it('fills a topic that was made anew', async () => {
    const { admin, topics, log } = systems;
    await materialise();
    const approval = asked();
    await storeWith().open(approval);
    await until(
      'the position',
      () => systems.redis.hget(approvalKeys(prefix).offsets, '0'),
      (offset) => offset === '1',
    );
    await Promise.all(materialisers.splice(0).map((materialiser) => materialiser.stop()));
    await admin.deleteTopics({ topics: [topic] });
    await until(
      'its end',
      () => admin.listTopics(),
      (names) => !names.includes(topic),
    );
    await ensureTopics(admin, { ...topics, approvals: topic }, log);

    await materialise();
    await storeWith({ now: () => Date.now() + 10_000 }).republish();

    expect(await published(approval.id)).toContain(1);
  }, 40_000);
});
