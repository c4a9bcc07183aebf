import { describe, expect, it } from '@jest/globals';
import { KafkaJSConnectionError, KafkaJSNumberOfRetriesExceeded } from 'kafkajs';

import { isAway, kafkaError } from '../../../src/adapters/kafka/errors.ts';
import { KafkaJoining } from '../../../src/adapters/kafka/joining.ts';
import { ServiceError } from '../../../src/platform/errors.ts';
import { createLog } from '../../../src/platform/log.ts';

const unreachable = (code = 'ECONNREFUSED') =>
  new KafkaJSNumberOfRetriesExceeded(new KafkaJSConnectionError(`Connection error: ${code}`, { code }), {
    retryCount: 6,
    retryTime: 100,
  });
const away = () => kafkaError(unreachable(), 'connect to Kafka');
const login = () => Object.assign(new Error('no'), { name: 'KafkaJSSASLAuthenticationError', retriable: false });
const refused = () => kafkaError(login(), 'connect to Kafka');

function joiningWith(options: { patienceMs?: number } = {}) {
  const lines: { level: string; msg: string; because?: string }[] = [];
  const log = createLog('info', { write: (line: string) => void lines.push(JSON.parse(line)) });
  return { joining: new KafkaJoining({ log, waitMs: () => 1, ...options }), lines };
}

const until = async (good: () => boolean): Promise<void> => {
  while (!good()) {
    await new Promise((resolve) => setImmediate(resolve));
  }
};

/** A step that fails until it is allowed. */
function stepThat(fails: () => Error | null) {
  const turns: boolean[] = [];
  return {
    turns,
    run: async (again: boolean) => {
      turns.push(again);
      const error = fails();
      if (error !== null) {
        throw error;
      }
    },
  };
}

describe('src/adapters/kafka/joining', () => {
  it('does each step at once while Kafka answers', async () => {
    const { joining, lines } = joiningWith();
    const step = stepThat(() => null);
    await joining.step(step.run);
    expect([step.turns, joining.trouble, lines]).toEqual([[false], null, []]);
  });

  it('goes on without a Kafka that does not answer, and does all steps in their order when it does', async () => {
    const { joining, lines } = joiningWith();
    let works = false;
    const order: string[] = [];
    const topics = stepThat(() => (works ? null : away()));
    await joining.step(topics.run);
    await joining.step(async () => void order.push('producer'));
    await joining.step(async () => void order.push('consumer'));
    expect(joining.trouble).toMatch(/could not connect to Kafka: .*ECONNREFUSED/);
    await until(() => topics.turns.length > 3);
    expect(order).toEqual([]);

    works = true;
    await until(() => joining.trouble === null);

    expect(order).toEqual(['producer', 'consumer']);
    expect(topics.turns.slice(0, 3)).toEqual([false, true, true]);
    expect(lines.map(({ level, msg }) => [level, msg])).toEqual([
      ['error', 'Kafka is away at the start; the service works without it until it answers'],
      ['info', 'Kafka answers; all that was put off at the start is done'],
    ]);
  });

  it('does not begin a step anew that only takes longer than the start waits', async () => {
    const { joining } = joiningWith({ patienceMs: 1 });
    let answer: () => void = () => undefined;
    let begun = 0;
    await joining.step(() => {
      begun += 1;
      return new Promise<void>((resolve) => (answer = resolve));
    });
    expect(joining.trouble).toMatch(/no answer/);
    answer();
    await until(() => joining.trouble === null);
    expect(begun).toBe(1);
  });

  it.each([
    ['a refused login', refused()],
    ['a wrong topic', new ServiceError('CONFIG_INVALID', 'topics are not usable')],
    ['another system', new ServiceError('REDIS_UNAVAILABLE', 'gone')],
  ])('ends the start with %s', async (_, error) => {
    const { joining } = joiningWith();
    await expect(joining.step(() => Promise.reject(error))).rejects.toBe(error);
    expect(joining.trouble).toBeNull();
  });

  it('goes on without a Kafka that refuses when it is back, says so once, and tries again', async () => {
    const { joining, lines } = joiningWith();
    let answer: Error | null = away();
    const step = stepThat(() => answer);
    await joining.step(step.run);
    answer = refused();
    const before = step.turns.length;
    await until(() => step.turns.length > before + 4);
    expect(joining.trouble).toMatch(/KAFKA_SASL_PASSWORD/);
    answer = null;
    await until(() => joining.trouble === null);
    const said = lines.filter(({ msg }) => msg === 'the service cannot join Kafka, and goes on without it');
    expect(said).toEqual([expect.objectContaining({ level: 'error', because: expect.stringMatching(/SASL/) })]);
  });

  it('begins no step after the stop', async () => {
    const { joining } = joiningWith();
    const step = stepThat(away);
    await joining.step(step.run);
    joining.stop();
    const { length } = step.turns;
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(step.turns).toHaveLength(length);
  });
});

describe('src/adapters/kafka/errors: isAway', () => {
  it.each(['ECONNREFUSED', 'ECONNRESET', 'EHOSTUNREACH', 'ENOTFOUND', 'EAI_AGAIN'])('%s: away', (code) => {
    expect(isAway(kafkaError(unreachable(code), 'connect'))).toBe(true);
  });

  it.each(['DEPTH_ZERO_SELF_SIGNED_CERT', 'ERR_TLS_CERT_ALTNAME_INVALID', 'ERR_SSL_WRONG_VERSION_NUMBER', 'EPROTO'])(
    '%s: to be mended',
    (code) => {
      expect(isAway(kafkaError(unreachable(code), 'connect'))).toBe(false);
    },
  );

  it('a right or a login that is refused: to be mended', () => {
    expect(isAway(refused())).toBe(false);
    const right = Object.assign(new Error('no'), { type: 'TOPIC_AUTHORIZATION_FAILED', retriable: false });
    expect(isAway(kafkaError(right, 'list topics'))).toBe(false);
  });
});
