import { describe, expect, it } from '@jest/globals';
import { KafkaJSNumberOfRetriesExceeded, KafkaJSProtocolError, type ProducerRecord } from 'kafkajs';

import { createTopicWriter, type TopicWriterOptions } from '../../../src/adapters/kafka/topic-writer.ts';
import { createLog } from '../../../src/platform/log.ts';

/** A producer whose requests stay in the air until the test lets them land. */
function setup(options: TopicWriterOptions = {}) {
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
  const writer = createTopicWriter(producer, 'audit', options);
  const values = () => sent.map(({ messages }) => messages.map(({ value }) => String(value)));
  return { writer, sent, values, next: () => landing.shift() };
}
interface Request {
  land(): void;
  fail(error: Error): void;
}
const refusedAs = (type: string) => new KafkaJSProtocolError(Object.assign(new Error('no'), { type, code: 1 }));
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

  it('fails all that waits when a request fails', async () => {
    const { writer, next } = setup();

    const first = writer.write({ value: 'a' });
    const second = writer.write({ value: 'b' });
    next()?.fail(new Error('connection reset'));

    for (const write of [first, second]) {
      await expect(write).rejects.toMatchObject({
        code: 'KAFKA_UNAVAILABLE',
        retryable: true,
        message: 'could not write to topic audit: connection reset',
      });
    }
  });

  it('fails writes at once while Kafka is known to be away', async () => {
    const { writer, sent, next } = setup();
    const first = writer.write({ value: 'a' });
    next()?.fail(new Error('connection reset'));
    await expect(first).rejects.toThrow('connection reset');

    await expect(writer.write({ value: 'b' })).rejects.toThrow('connection reset');
    expect(sent).toHaveLength(1);
  });

  it('lets one write try after a rest, and the others when that one succeeds', async () => {
    const { writer, values, next } = setup({ restMs: 0 });
    const first = writer.write({ value: 'a' });
    next()?.fail(new Error('connection reset'));
    await expect(first).rejects.toThrow('connection reset');

    const trial = writer.write({ value: 'trial' });
    await expect(writer.write({ value: 'meanwhile' })).rejects.toThrow('connection reset');
    next()?.land();
    await trial;
    await turn();
    const after = writer.write({ value: 'after' });
    next()?.land();
    await after;

    expect(values()).toEqual([['a'], ['trial'], ['after']]);
  });

  it('waits no longer than its patience, and lets nothing overtake what has no answer', async () => {
    const { writer, values, next } = setup({ patienceMs: 5, restMs: 0 });

    await expect(writer.write({ value: 'a' })).rejects.toMatchObject({ code: 'KAFKA_UNAVAILABLE' });
    await expect(writer.write({ value: 'overtakes' })).rejects.toThrow('no answer');
    await writer.idle();
    next()?.land();
    await turn();
    const after = writer.write({ value: 'after' });
    next()?.land();
    await after;

    expect(values()).toEqual([['a'], ['after']]);
  });

  it('has a refused record keep no other from the topic', async () => {
    const { writer, values, next } = setup();
    const first = writer.write({ value: 'first' });
    const good = writer.write({ value: 'good' });
    const big = writer.write({ value: 'too big' });
    const last = writer.write({ value: 'last' });
    const caught = expect(big).rejects.toMatchObject({ details: { type: 'MESSAGE_TOO_LARGE' } });
    next()?.land();
    await first;
    await turn();

    next()?.fail(refusedAs('MESSAGE_TOO_LARGE'));
    await turn();
    next()?.land();
    await turn();
    next()?.fail(refusedAs('MESSAGE_TOO_LARGE'));
    await turn();
    next()?.land();
    await Promise.all([good, last]);
    await caught;
    await turn();

    expect(values()).toEqual([['first'], ['good', 'too big', 'last'], ['good'], ['too big'], ['last']]);
    const after = writer.write({ value: 'after' });
    next()?.land();
    await expect(after).resolves.toBeUndefined();
  });

  it('says once that Kafka is away, and once that it is back', async () => {
    const lines: string[] = [];
    const log = createLog('info', { write: (line: string) => void lines.push(JSON.parse(line).msg) });
    const { writer, next } = setup({ restMs: 0, log });
    for (let failure = 0; failure < 2; failure += 1) {
      const write = writer.write({ value: 'a' });
      next()?.fail(new Error('gone'));
      await expect(write).rejects.toThrow('gone');
      await turn();
    }
    const write = writer.write({ value: 'a' });
    next()?.land();
    await write;

    expect(lines).toEqual(['Kafka takes no records of a topic; what needs it waits', 'Kafka takes records again']);
  });

  it('names the remedy when a right is missing', async () => {
    const { writer, next } = setup();
    const refused = refusedAs('TOPIC_AUTHORIZATION_FAILED');

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
