import { describe, expect, it } from '@jest/globals';
import type { Consumer, ConsumerConfig, Kafka } from 'kafkajs';

import { SupervisedConsumer } from '../../../src/adapters/kafka/supervised-consumer.ts';
import { createLog } from '../../../src/platform/log.ts';

/** A broker that takes no session shorter than this. It lets a consumer join, and gives it nothing. */
function brokerWith(leastSessionMs: number) {
  const tried: Pick<ConsumerConfig, 'sessionTimeout' | 'heartbeatInterval'>[] = [];
  const consumer: Kafka['consumer'] = ({ sessionTimeout = 0, heartbeatInterval = 0 }) => {
    tried.push({ sessionTimeout, heartbeatInterval });
    const listeners = new Map<string, (event: unknown) => void>();
    const made = {
      events: { CRASH: 'crash', FETCH: 'fetch', GROUP_JOIN: 'join' },
      on: (name: string, listener: (event: unknown) => void) => void listeners.set(name, listener),
      connect: async () => undefined,
      subscribe: async () => undefined,
      run: async () => {
        if (sessionTimeout < leastSessionMs) {
          const cause = Object.assign(new Error('session timeout'), { type: 'INVALID_SESSION_TIMEOUT' });
          listeners.get('crash')?.({ payload: { error: new Error('non-retriable', { cause }) } });
        } else {
          listeners.get('join')?.({ payload: { memberAssignment: {} } });
        }
      },
      disconnect: async () => undefined,
    };
    return made as unknown as Consumer;
  };
  return { kafka: { consumer }, tried };
}

const duties = { eachBatch: async () => undefined, joined: () => undefined, leaving: async () => undefined };

describe('src/adapters/kafka/supervised-consumer', () => {
  it.each([
    ['6 s, with a heartbeat each 1.2 s', 6_000, [6_000]],
    ['more where the broker wants more', 20_000, [6_000, 12_000, 24_000]],
  ])('is missed by its group after %s', async (_, least, sessions) => {
    const { kafka, tried } = brokerWith(least);
    const consumer = new SupervisedConsumer({ kafka, topic: 'a', groupId: 'a', log: createLog('fatal') }, duties);
    await consumer.start();
    expect(consumer.state).toBe('consuming');
    expect(tried).toEqual(sessions.map((ms) => ({ sessionTimeout: ms, heartbeatInterval: ms / 5 })));
    await consumer.stop();
  });

  it('says once that the same ends each of its consumers', async () => {
    const lines: string[] = [];
    const log = createLog('warn', { write: (line: string) => void lines.push(line) });
    const { kafka, tried } = brokerWith(20_000);
    const consumer = new SupervisedConsumer({ kafka, topic: 'a', groupId: 'a', log }, duties);
    await consumer.start();
    expect(tried).toHaveLength(3);
    expect(lines).toHaveLength(1);
    expect(JSON.parse(String(lines[0]))).toMatchObject({ level: 'error', topic: 'a', err: expect.any(String) });
    await consumer.stop();
  });
});
