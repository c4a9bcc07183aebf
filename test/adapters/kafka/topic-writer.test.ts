import { describe, expect, it } from '@jest/globals';
import { KafkaJSNumberOfRetriesExceeded, KafkaJSProtocolError, type ProducerRecord } from 'kafkajs';

import { createTopicWriter } from '../../../src/adapters/kafka/topic-writer.ts';

/** A producer whose requests stay in the air until the test lets them land. */
function setup() {
  const sent: ProducerRecord[] = [];
  const landing: Request[] = [];
  const producer = {
    send(record: ProducerRecord) {
      sent.push(record);
      return new Promise<never[]>((resolve, reject) => {
        landing.push({ land: () => resolve([]), fail: reject });
      });
    },
  };
  const writer = createTopicWriter(producer, 'audit');
  const values = () => sent.map(({ messages }) => messages.map(({ value }) => String(value)));
  return { writer, sent, values, next: () => landing.shift() };
}
interface Request {
  land(): void;
  fail(error: Error): void;
}
const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('src/adapters/kafka/topic-writer', () => {
  it('sends a single message at once, to all in-sync replicas', () => {
    const { writer, sent } = setup();

    void writer.write({ value: 'a' });

    expect(sent).toEqual([{ topic: 'audit', acks: -1, messages: [{ value: 'a' }] }]);
  });

  it('sends together and in order what comes while a request is in the air', async () => {
    const { writer, values, next } = setup();

    const all = Promise.all(['a', 'b', 'c'].map((value) => writer.write({ value })));
    next()?.land();
    await turn();
    next()?.land();
    await all;

    expect(values()).toEqual([['a'], ['b', 'c']]);
  });

  it('resolves a write only when the broker has it', async () => {
    const { writer, next } = setup();
    let done = false;
    const written = writer.write({ value: 'a' }).then(() => (done = true));

    await turn();
    expect(done).toBe(false);

    next()?.land();
    await written;
    expect(done).toBe(true);
  });

  it('stays below what a broker takes in one request', async () => {
    const { writer, values, next } = setup();
    const big = 'x'.repeat(400_000);

    const all = Promise.all(['first', big, big, big].map((value) => writer.write({ value, key: 'k' })));
    for (let request = 0; request < 3; request += 1) {
      next()?.land();
      await turn();
    }
    await all;

    expect(values().map((batch) => batch.length)).toEqual([1, 2, 1]);
  });

  it('fails the writes of a request that fails, and goes on with the next', async () => {
    const { writer, next } = setup();

    const first = writer.write({ value: 'a' });
    const second = writer.write({ value: 'b' });
    next()?.fail(new Error('connection reset'));
    await expect(first).rejects.toMatchObject({
      code: 'KAFKA_UNAVAILABLE',
      retryable: true,
      message: 'could not write to topic audit: connection reset',
    });
    await turn();
    next()?.land();

    await expect(second).resolves.toBeUndefined();
  });

  it('names the remedy when a right is missing', async () => {
    const { writer, next } = setup();
    const refused = new KafkaJSProtocolError(
      Object.assign(new Error('no'), { type: 'TOPIC_AUTHORIZATION_FAILED', code: 29 }),
    );

    const write = writer.write({ value: 'a' });
    next()?.fail(new KafkaJSNumberOfRetriesExceeded(refused, { retryCount: 6, retryTime: 1 }));

    await expect(write).rejects.toMatchObject({
      message: expect.stringMatching(
        /^could not write to topic audit: this login lacks the right Write on the topic audit: kafka-acls.sh/,
      ),
      details: { topic: 'audit', type: 'TOPIC_AUTHORIZATION_FAILED' },
    });
  });

  it('is idle when nothing is in the air, and once what was there has landed', async () => {
    const { writer, next } = setup();
    await writer.idle();

    const failing = writer.write({ value: 'a' });
    const idle = writer.idle();
    next()?.fail(new Error('gone'));

    await expect(failing).rejects.toThrow('gone');
    await expect(idle).resolves.toBeUndefined();
  });
});
