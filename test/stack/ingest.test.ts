import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';

import { createDeadLetters } from '../../src/adapters/kafka/dead-letters.ts';
import { createEventSource } from '../../src/adapters/kafka/event-source.ts';
import { ensureTopics } from '../../src/adapters/kafka/topics.ts';
import { createTopicWriter } from '../../src/adapters/kafka/topic-writer.ts';
import { ServiceError } from '../../src/platform/errors.ts';
import { createIngest, type EventSource, type IngestDeps } from '../../src/ingest/consume.ts';
import type { UserEvent } from '../../src/ingest/registration.ts';
import { sample } from '../events/read.ts';
import { connectSystems, recordsOf, type Systems, until } from './support/kafka-redis.ts';

let systems: Systems;
const sources: EventSource[] = [];

beforeAll(async () => {
  systems = await connectSystems();
  await ensureTopics(systems.admin, systems.topics, systems.log);
}, 30_000);
afterEach(async () => {
  await Promise.all(sources.splice(0).map((source) => source.stop()));
});
afterAll(() => systems.close());

/** An instance of the service's front half, reading a topic of the case's own. */
function instance(topic: string, overrides: Partial<IngestDeps> = {}) {
  const { kafka, producer, topics, log } = systems;
  const enqueued: string[] = [];
  const ingest = createIngest({
    onRegistered: () => undefined,
    enqueue: async (events) => void enqueued.push(...events.map(idOf)),
    sendToDeadLetters: createDeadLetters(createTopicWriter(producer, topics.deadLetters)),
    realmName: async () => 'acme',
    proofOf: () => 'signed',
    signed: true,
    log,
    waitMs: () => 20,
    ...overrides,
  });
  const source = createEventSource({ kafka, topic, groupId: topic, log, sessionTimeoutMs: 6_000 });
  sources.push(source);
  return { source, enqueued, start: () => source.start(ingest) };
}

function idOf(event: UserEvent): string {
  return event.kind === 'registered' ? event.registration.eventId : event.eventId;
}

async function topicOf(partitions: number): Promise<string> {
  const topic = `${systems.topics.events}.${randomUUID().slice(0, 8)}`;
  await systems.admin.createTopics({ topics: [{ topic, numPartitions: partitions }], waitForLeaders: true });
  return topic;
}

/** Publishes registrations; answers with their event ids. */
async function register(topic: string, count: number): Promise<string[]> {
  const events = Array.from({ length: count }, () => ({ ...sample('kafka-REGISTER.form'), id: randomUUID() }));
  await systems.producer.send({ topic, messages: events.map((event) => ({ value: JSON.stringify(event) })) });
  return events.map(({ id }) => id);
}

async function committed(topic: string): Promise<number> {
  const [group] = await systems.admin.fetchOffsets({ groupId: topic, topics: [topic] });
  return (group?.partitions ?? []).reduce((sum, { offset }) => sum + Math.max(Number(offset), 0), 0);
}

describe('src/adapters/kafka/event-source', () => {
  it('hands over what was there before it came and what comes after, and commits it', async () => {
    const topic = await topicOf(3);
    const before = await register(topic, 20);
    const { start, enqueued } = instance(topic);

    await start();
    const after = await register(topic, 20);

    await until(
      'all 40',
      () => enqueued.length,
      (length) => length >= 40,
    );
    expect(enqueued.toSorted()).toEqual([...before, ...after].toSorted());
    await until(
      'the commit',
      () => committed(topic),
      (offset) => offset === 40,
    );
  }, 40_000);

  it('commits nothing while the jobs are not durable, and everything after', async () => {
    const topic = await topicOf(1);
    const ids = await register(topic, 5);
    let away = true;
    let tries = 0;
    const durable: string[] = [];
    const { start } = instance(topic, {
      enqueue: async (events) => {
        tries += 1;
        if (away) {
          throw new ServiceError('REDIS_UNAVAILABLE', 'away');
        }
        durable.push(...events.map(idOf));
      },
    });

    await start();
    await until(
      'three tries',
      () => tries,
      (count) => count >= 3,
    );
    expect(await committed(topic)).toBe(0);

    away = false;
    await until(
      'the commit',
      () => committed(topic),
      (offset) => offset === 5,
    );
    expect(durable).toEqual(ids);
  }, 40_000);

  it('what a stop in the middle of an outage leaves behind, the next instance takes up', async () => {
    const topic = await topicOf(1);
    const ids = await register(topic, 3);
    let tries = 0;
    const first = instance(topic, {
      enqueue: async () => {
        tries += 1;
        throw new ServiceError('REDIS_UNAVAILABLE', 'away');
      },
      waitMs: () => 60_000,
    });
    await first.start();
    await until(
      'a try',
      () => tries,
      (count) => count > 0,
    );

    await first.source.stop();
    const second = instance(topic);
    await second.start();

    await until(
      'the rest',
      () => second.enqueued,
      (events) => events.length === 3,
    );
    expect(second.enqueued).toEqual(ids);
  }, 40_000);

  it('a stop waits for the batch under way and commits it', async () => {
    const topic = await topicOf(1);
    let open = () => {};
    const gate = new Promise<void>((resolve) => (open = resolve));
    let begun = 0;
    const { start, source } = instance(topic, {
      enqueue: async (events) => {
        begun += events.length;
        await gate;
      },
    });
    await start();
    await register(topic, 4);
    await until(
      'the batch',
      () => begun,
      (count) => count > 0,
    );

    const stopped = source.stop();
    open();
    await stopped;

    expect([await committed(topic), source.health().state]).toEqual([begun, 'stopped']);
  }, 40_000);

  it('two instances share the partitions; when one leaves, the other takes over and loses nothing', async () => {
    const topic = await topicOf(4);
    const one = instance(topic);
    const two = instance(topic);
    await Promise.all([one.start(), two.start()]);
    const ids: string[] = [];
    for (let round = 0; round < 5; round += 1) {
      ids.push(...(await register(topic, 20)));
    }
    await one.source.stop();
    ids.push(...(await register(topic, 20)));

    const seen = () => new Set([...one.enqueued, ...two.enqueued]);
    await until(
      'all 120',
      () => seen().size,
      (size) => size === 120,
    );
    expect([...seen()].toSorted()).toEqual(ids.toSorted());
  }, 60_000);

  it('a record that cannot be read becomes a dead letter and does not stop its partition', async () => {
    const { producer, topics } = systems;
    const topic = await topicOf(1);
    const value = Buffer.from([0x7b, 0xff, 0xfe]);
    const { start, enqueued } = instance(topic);
    await start();

    await producer.send({ topic, messages: [{ key: 'k', value, headers: { trace: 't-1' } }] });
    const ids = await register(topic, 1);
    await until(
      'the next one',
      () => enqueued,
      (events) => events.length === 1,
    );

    expect(enqueued).toEqual(ids);
    const lettersOfTopic = async () =>
      (await recordsOf(systems, topics.deadLetters)).filter(({ headers }) => headers['vestibule-topic'] === topic);
    const letters = await until('the dead letter', lettersOfTopic, ({ length }) => length > 0); // the jobs come first
    expect(letters).toEqual([
      {
        key: 'k',
        value: String(value),
        headers: expect.objectContaining({
          trace: 't-1',
          'vestibule-error-code': 'EVENT_UNREADABLE',
          'vestibule-error': 'the event cannot be read: not UTF-8',
          'vestibule-offset': '0',
          'vestibule-partition': '0',
        }),
      },
    ]);
  }, 40_000);

  it('outlives a fault that ends kafkajs’s own consumer for good', async () => {
    const topic = await topicOf(1);
    let faults = 0;
    const enqueued: unknown[] = [];
    const { kafka, log } = systems;
    const source = createEventSource({ kafka, topic, groupId: topic, log });
    sources.push(source);
    await source.start(async (records) => {
      if (faults === 0) {
        faults += 1;
        throw Object.assign(new Error('not implemented'), { name: 'KafkaJSNotImplemented' });
      }
      enqueued.push(...records);
    });

    await register(topic, 1);

    await until(
      'the record',
      () => enqueued.length,
      (length) => length === 1,
    );
    await until(
      'health',
      () => source.health(),
      ({ state, lastError }) => state === 'consuming' && lastError === null,
    );
    expect(systems.lines).toContainEqual(
      expect.objectContaining({ level: 'error', msg: 'the consumer ended; another takes over' }),
    );
  }, 40_000);
});
