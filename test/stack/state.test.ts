import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Redis } from 'ioredis';

import { openSealedTopic, type SealedTopic } from '../../src/adapters/kafka/sealed-topic.ts';
import { createTopicWriter } from '../../src/adapters/kafka/topic-writer.ts';
import { ensureTopics } from '../../src/adapters/kafka/topics.ts';
import { producerConnection } from '../../src/adapters/queue/connection.ts';
import { createQueues, type Queues } from '../../src/adapters/queue/queues.ts';
import { createRememberedJobs } from '../../src/adapters/queue/remembered-jobs.ts';
import { createLockouts } from '../../src/adapters/redis/lockouts.ts';
import { createPositions } from '../../src/adapters/redis/positions.ts';
import { RefusedSnapshots } from '../../src/adapters/redis/refused-snapshots.ts';
import { RememberedState } from '../../src/adapters/redis/remembered-state.ts';
import { markKey, positionKey, stateKeys } from '../../src/adapters/redis/state-keys.ts';
import { StatePublisher } from '../../src/adapters/redis/state-publisher.ts';
import { TopicMaterialiser } from '../../src/adapters/redis/topic-materialiser.ts';
import { sealHeader, Seals } from '../../src/approvals/seal.ts';
import type { NewJob, Registered } from '../../src/jobs/payloads.ts';
import { ServiceError } from '../../src/platform/errors.ts';
import { connectSystems, forget, recordsOf, type Systems, until } from './support/kafka-redis.ts';
import { stackEnv } from './support/realm.ts';

const minute = 60_000;
const day = 86_400_000;
let systems: Systems;
let connection: Redis;
let prefix: string;
let topic: string;
let queues: Queues;
let cases = 0;
const open: { stop(): Promise<void> }[] = [];

beforeAll(async () => {
  systems = await connectSystems();
  connection = producerConnection(stackEnv.REDIS_URL, systems.log);
  await new Promise((resolve) => connection.once('ready', resolve));
}, 30_000);
beforeEach(async () => {
  cases += 1;
  prefix = `${systems.prefix}-${cases}`;
  topic = `${systems.topics.state}-${cases}`;
  await ensureTopics(systems.admin, { ...systems.topics, state: topic }, systems.log);
  queues = createQueues(connection, prefix);
}, 30_000);
afterEach(async () => {
  await Promise.all(open.splice(0).map((each) => each.stop()));
  await queues.close();
});
afterAll(async () => {
  connection?.disconnect();
  await systems?.close();
});

function sealed(key = 'k1'): SealedTopic {
  const { kafka, producer, log } = systems;
  const keys = [...new Set([key, 'k1', 'k2'])].map((id) => ({ id, secret: Buffer.alloc(32, id) }));
  const writer = createTopicWriter(producer, topic);
  return openSealedTopic({ kafka, writer, topic, seals: new Seals(keys, topic), group: topic, log });
}

/** One instance of the service, as far as its state goes. */
async function start({
  key = 'k1',
  now = Date.now,
  publish,
}: {
  key?: string;
  now?: () => number;
  publish?: (key: string, json: string | null) => Promise<void>;
} = {}) {
  const { redis, log } = systems;
  const target = sealed(key);
  const state = new RememberedState({ redis, prefix, keepMs: 8 * day, now });
  const refused: string[] = [];
  const refusals = new RefusedSnapshots('state', log, (why) => refused.push(why));
  const materialiser = new TopicMaterialiser({
    redis,
    topic: target,
    what: 'state',
    keys: state.keys,
    sealedWith: key,
    take: async (record, commands, at) => state.takeOver(record, refusals, commands, at),
    fillTopic: (commands) => state.fillTopic(commands),
    log,
    checkEveryMs: 50,
  });
  open.push(materialiser);
  // A topic that is seconds old may have no leader yet.
  const reading = (): Promise<unknown> => materialiser.start().catch((error: unknown) => error);
  await until('the topic is read', reading, (error) => error === undefined);
  const publisher = new StatePublisher({
    redis,
    state,
    publish: publish ?? ((id, json) => target.publish(id, json)),
    log,
    now,
    patienceMs: 1_000,
  });
  const lockouts = createLockouts(state, now);
  const jobs = createRememberedJobs({ queues, state, lockouts, log, now });
  const positions = createPositions({ redis, state, maxAgeMs: 7 * day, now });
  return { state, materialiser, publisher, lockouts, jobs, positions, refused, target };
}

/** What is filled again is marked as complete again. */
async function emptied(materialiser: TopicMaterialiser): Promise<void> {
  await forget(systems.redis, prefix);
  await until('is filled', async () => (await systems.redis.exists(stateKeys(prefix).complete)) === 1, Boolean);
  await until('knows that', () => materialiser.ready, Boolean);
}

async function published(): Promise<[string, string | null][]> {
  return (await recordsOf(systems, topic)).map(({ key, value }) => [key ?? '', value]);
}

const somebody = (time = Date.now()): Registered => ({ realm: 'acme', userId: randomUUID(), time });
const mail = (id: string, delayMs?: number): NewJob<'mail'> => ({
  id,
  data: {
    kind: 'person',
    key: id,
    to: { address: 'mia@example.test', locale: 'de' },
    who: { realm: 'acme', clientId: 'portal', userId: randomUUID(), eventId: randomUUID() },
    message: 'approved',
    application: 'Portal',
  },
  ...(delayMs === undefined ? {} : { delayMs }),
});

describe('src/adapters/redis/remembered-state', () => {
  it('brings marks and positions back to a Redis that lost everything', async () => {
    const { lockouts, positions, publisher, materialiser, state } = await start();
    const [held, letIn] = [somebody(), somebody()];
    const disabled = { disabled: 'done', finished: false };
    const finished = { disabled: null, finished: true };
    await lockouts.claim(held);
    await lockouts.disabled(held);
    await lockouts.finish(letIn);
    await positions.set('acme', Date.now() - minute);
    const position = await positions.get('acme');
    await publisher.flush();

    await emptied(materialiser);

    await until(
      'all of it is back',
      async () => [await lockouts.mark(held), await lockouts.mark(letIn), await state.oldestUnpublished()],
      ([first, second, waits]) => isDeepStrictEqual([first, second, waits], [disabled, finished, null]),
    );
    expect(await lockouts.claim(held)).toBe(false);
    expect(await positions.get('acme')).toBe(position);
  }, 30_000);

  it('waits for no Kafka: what changes meanwhile is published when it is back, in the order of the changes', async () => {
    let away = true;
    let time = Date.now();
    const sent: string[] = [];
    const target = sealed();
    const { lockouts, publisher } = await start({
      now: () => (time += 1),
      publish: async (key, json) => {
        if (away) {
          throw new ServiceError('KAFKA_UNAVAILABLE', 'away');
        }
        sent.push(key);
        await target.publish(key, json);
      },
    });
    const people = [somebody(), somebody(), somebody()];
    for (const who of people) {
      await lockouts.claim(who);
    }
    await expect(publisher.flush()).rejects.toMatchObject({ code: 'KAFKA_UNAVAILABLE' });
    expect(await published()).toEqual([]);

    away = false;
    await publisher.flush();

    expect(sent).toEqual(people.map(markKey));
    expect((await published()).map(([key]) => key)).toEqual(sent);
  }, 30_000);

  it('goes on beside a record that Kafka refuses, and sends it when Kafka takes it', async () => {
    let time = Date.now();
    const target = sealed();
    const [large, small] = [somebody(), somebody()];
    let refused = true;
    const { lockouts, publisher } = await start({
      now: () => time,
      publish: async (key, json) => {
        if (refused && key === markKey(large)) {
          throw new ServiceError('KAFKA_UNAVAILABLE', 'too large', { type: 'MESSAGE_TOO_LARGE' });
        }
        await target.publish(key, json);
      },
    });
    await lockouts.claim(large);
    await lockouts.claim(small);
    await publisher.flush();
    expect((await published()).map(([key]) => key)).toEqual([markKey(small)]);

    refused = false;
    time += minute;
    await publisher.flush();
    expect((await published()).map(([key]) => key)).toEqual([markKey(small), markKey(large)]);
  }, 30_000);

  it('while it is filled again, lets only a registration go on that is new', async () => {
    const { lockouts, materialiser } = await start();
    await materialiser.stop();
    open.splice(0);
    await forget(systems.redis, prefix);

    const [fresh, old] = [somebody(), somebody(Date.now() - 10 * minute)];
    expect(await lockouts.claim(fresh)).toBe(true);
    await expect(lockouts.claim(old)).rejects.toMatchObject({ code: 'REDIS_UNAVAILABLE' });
    await expect(lockouts.mark(old)).rejects.toMatchObject({ code: 'REDIS_UNAVAILABLE' });
    await expect(lockouts.claimed(old)).rejects.toMatchObject({ code: 'REDIS_UNAVAILABLE' });
  }, 30_000);

  it('still knows that it disabled an account after it has forgotten what is too old', async () => {
    const { lockouts, state } = await start();
    const who = somebody();
    await lockouts.claim(who);
    await lockouts.disabled(who);

    expect(await state.forget()).toBe(0);
    expect(await lockouts.claimed(who)).toBe(true);
  }, 30_000);

  it('forgets a mark when no event may repeat its registration any more, also in the topic', async () => {
    let time = Date.now();
    const { lockouts, publisher, state } = await start({ now: () => time });
    const who = somebody(time);
    await lockouts.finish(who);
    await publisher.flush();
    time += 9 * day;

    expect(await state.forget()).toBe(1);
    await publisher.flush();

    expect(await state.get(markKey(who))).toBeNull();
    expect((await published()).at(-1)).toEqual([markKey(who), null]);
  }, 30_000);

  it('keeps the mark of an account that was disabled as long as any other', async () => {
    const { lockouts, state } = await start();
    const who = somebody();
    await lockouts.claim(who);
    await lockouts.disabled(who);

    expect(await state.forget()).toBe(0);

    expect(await lockouts.mark(who)).toEqual({ disabled: 'done', finished: false });
  }, 30_000);

  it('believes nothing that is not sealed, and its own state follows it', async () => {
    const { lockouts, publisher, state, refused } = await start();
    const who = somebody();
    await lockouts.claim(who);
    await publisher.flush();
    const forged = JSON.stringify({ revision: Date.now() + day, state: { time: who.time, finished: true } });
    const other = markKey(somebody());
    await systems.producer.send({
      topic,
      messages: [markKey(who), other].map((key) => ({ key, value: forged, headers: { [sealHeader]: 'k1.none' } })),
    });
    await until(
      'both are seen',
      () => refused,
      (all) => all.length === 2,
    );

    expect(await lockouts.mark(who)).toEqual({ disabled: 'claimed', finished: false });
    expect(await state.get(other)).toBeNull();
    await publisher.flush();
    expect((await published()).at(-1)?.[1]).toContain('"disabled":"claimed"');
  }, 30_000);

  it('a genuine record from before that somebody repeats changes nothing, also of a job that has ended', async () => {
    const { jobs, publisher, state } = await start();
    await jobs.add('mail', [mail('m1', day)]);
    await publisher.flush();
    const [old] = await recordsOf(systems, topic);
    await jobs.ended('mail', mail('m1'));
    await publisher.flush();
    const { key, value, headers } = old ?? { key: '', value: '', headers: {} };
    await systems.producer.send({ topic, messages: [{ key, value, ...(headers ? { headers } : {}) }] });
    await until(
      'it is seen',
      () => state.oldestUnpublished(),
      (at) => at !== null,
    );

    expect(await state.restored()).toEqual([]);
    await publisher.flush();
    expect((await published()).at(-1)).toEqual([key, null]);
  }, 30_000);

  it('seals with a new key what an older one sealed', async () => {
    const first = await start();
    const who = somebody();
    await first.lockouts.claim(who);
    await first.publisher.flush();
    await first.materialiser.stop();

    const second = await start({ key: 'k2' });
    await until(
      'it is to be sealed anew',
      () => second.state.oldestUnpublished(),
      (at) => at !== null,
    );
    await second.publisher.flush();

    const records = await recordsOf(systems, topic);
    expect(String(records.at(-1)?.headers?.[sealHeader])).toMatch(/^k2\./);
  }, 30_000);

  it('seals anew what an instance with the older key sealed beside one with the new key', async () => {
    const old = await start();
    await old.lockouts.claim(somebody());
    await old.publisher.flush();
    const renewed = await start({ key: 'k2' });
    await renewed.publisher.flush();
    await renewed.materialiser.stop();
    const late = somebody();
    await old.lockouts.claim(late);
    await old.publisher.flush();
    await until(
      'the older instance has read its own record, and knows that another key seals',
      async () => [
        await systems.redis.get(stateKeys(prefix).sealsDiffer),
        Number(await systems.redis.hget(stateKeys(prefix).offsets, '0')) === (await published()).length,
      ],
      ([sealer, read]) => sealer === 'k1' && read === true,
    );
    await old.materialiser.stop();

    const last = await start({ key: 'k2' });
    await until(
      'its record is to be sealed anew',
      () => last.state.oldestUnpublished(),
      (at) => at !== null,
    );
    await last.publisher.flush();

    const record = (await recordsOf(systems, topic)).findLast(({ key }) => key === markKey(late));
    expect(String(record?.headers?.[sealHeader])).toMatch(/^k2\./);
    expect(await systems.redis.exists(stateKeys(prefix).sealsDiffer)).toBe(0);
  }, 30_000);

  it('fills a topic that was made anew', async () => {
    const first = await start();
    const who = somebody();
    await first.lockouts.claim(who);
    await first.publisher.flush();
    await until(
      'the record is read',
      () => systems.redis.hget(first.state.keys.offsets, '0'),
      (offset) => offset === '1',
    );
    await first.materialiser.stop();
    await systems.admin.deleteTopics({ topics: [topic] });
    await until(
      'the topic is gone',
      () => systems.admin.listTopics(),
      (topics) => !topics.includes(topic),
    );
    await ensureTopics(systems.admin, { ...systems.topics, state: topic }, systems.log);

    const second = await start();
    await second.publisher.flush();
    expect((await published()).map(([key]) => key)).toEqual([markKey(who)]);
  }, 30_000);
});

describe('src/adapters/queue/remembered-jobs', () => {
  it('brings back a job without personal data, due when it was due', async () => {
    const { jobs, publisher, materialiser } = await start();
    await jobs.add('mail', [mail('m1', day)]);
    await publisher.flush();
    expect(JSON.stringify(await published())).not.toContain('mia@example.test');

    await emptied(materialiser);
    expect(await queues.stateOf('mail', 'm1')).toBe('unknown');
    expect(await jobs.bringBack()).toBe(1);

    expect(await queues.stateOf('mail', 'm1')).toBe('there');
    const score = Number(await systems.redis.zscore(`${prefix}:mail:delayed`, 'm1')) / 0x1000;
    expect(Math.abs(score - Date.now() - day)).toBeLessThan(minute);
    expect(await jobs.bringBack()).toBe(0);
  }, 30_000);

  it('brings back no job while the topic is being read: its tombstone may come later', async () => {
    const { jobs, publisher, materialiser, state } = await start();
    await jobs.add('mail', [mail('m1', day)]);
    await publisher.flush();
    await emptied(materialiser);
    await until(
      'the job is back from the topic',
      () => state.restored(),
      (keys) => keys.length === 1,
    );

    await materialiser.stop();
    open.splice(0);
    await systems.redis.del(stateKeys(prefix).complete);

    expect(await jobs.bringBack()).toBe(0);
    expect(await queues.stateOf('mail', 'm1')).toBe('unknown');

    await systems.redis.set(stateKeys(prefix).complete, 'read');
    expect(await jobs.bringBack()).toBe(1);
  }, 30_000);

  it('bothers Kafka with no job that ended before Kafka was told of it', async () => {
    const { jobs, publisher, state } = await start();
    await jobs.add('mail', [mail('m1')]);
    await jobs.ended('mail', mail('m1'));
    expect(await state.oldestUnpublished()).toBeNull();
    await publisher.flush();
    expect(await published()).toEqual([]);
  }, 30_000);

  it('has Kafka forget a job that ended after that', async () => {
    const { jobs, publisher, materialiser } = await start();
    await jobs.add('mail', [mail('m1', day)]);
    await publisher.flush();
    await jobs.ended('mail', mail('m1'));
    await publisher.flush();
    expect((await published()).map(([, value]) => value === null)).toEqual([false, true]);

    await emptied(materialiser);
    expect(await jobs.bringBack()).toBe(0);
  }, 30_000);

  it('does not remember anew a job that the queue has, or that ended there', async () => {
    const { jobs, state } = await start();
    await jobs.add('mail', [mail('m1', day)]);
    await jobs.ended('mail', mail('m1'));
    await jobs.add('mail', [mail('m1', day)]); // the caller was repeated
    expect(await state.oldestUnpublished()).toBeNull();
  }, 30_000);

  it('remembers neither what the event store and the approvals know, nor a repeated task', async () => {
    const { jobs, state } = await start();
    await jobs.add('outcomes', [{ id: 'settle-x-1', data: { approvalId: 'x', revision: 1 } }]);
    await jobs.add('deadlines', [{ id: 'look-x', data: { kind: 'email-verified', realm: 'acme', userId: 'u' } }]);
    expect(await state.oldestUnpublished()).toBeNull();
  }, 30_000);
});

describe('src/adapters/redis/positions', () => {
  it('has Kafka remember a mark that passes no registration which is not finished', async () => {
    const { lockouts, positions, state } = await start();
    const slow = somebody(Date.now() - 60 * minute);
    await lockouts.open([slow]);
    await positions.set('acme', Date.now());
    expect(JSON.parse((await state.get(positionKey('acme'))) ?? '')).toEqual({ time: slow.time - 1 });
    expect(await positions.get('acme')).toBeGreaterThan(slow.time);

    await lockouts.finish(slow);
    const now = Date.now();
    await positions.set('acme', now);
    expect(JSON.parse((await state.get(positionKey('acme'))) ?? '')).toEqual({ time: now });
  }, 30_000);

  it('is not held back by a registration that is too old to lead to anything', async () => {
    const { lockouts, positions, state } = await start();
    await lockouts.open([somebody(Date.now() - 30 * day)]);
    const now = Date.now();
    await positions.set('acme', now);
    expect(JSON.parse((await state.get(positionKey('acme'))) ?? '')).toEqual({ time: now });
  }, 30_000);

  it('is not held back by a registration that comes again after it was finished', async () => {
    const { lockouts, positions, state } = await start();
    const known = somebody(Date.now() - 60 * minute);
    await lockouts.finish(known);
    await lockouts.open([known]);
    const now = Date.now();
    await positions.set('acme', now);
    expect(JSON.parse((await state.get(positionKey('acme'))) ?? '')).toEqual({ time: now });
  }, 30_000);

  it('is unknown while Redis is filled again: else it would seem that nothing was ever read', async () => {
    const { positions, materialiser } = await start();
    await materialiser.stop();
    open.splice(0);
    await forget(systems.redis, prefix);
    await expect(positions.get('acme')).resolves.toBe('unknown');
  }, 30_000);
});
