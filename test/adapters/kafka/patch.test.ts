import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import BrokerPool from 'kafkajs/src/cluster/brokerPool.js';
import RequestQueue from 'kafkajs/src/network/requestQueue/index.js';

import { keepRefusals, restWhenIdle } from '../../../src/adapters/kafka/patch.ts';

const silent = { debug() {}, warn() {} };

function queueOf(Queue: typeof RequestQueue): RequestQueue {
  return new Queue({
    maxInFlightRequests: null,
    requestTimeout: 1_000,
    enforceRequestTimeout: false,
    clientId: 'c',
    broker: 'b',
    logger: silent,
  });
}

class Patched extends RequestQueue {}
restWhenIdle(Patched);

class PatchedPool extends BrokerPool {}
keepRefusals(PatchedPool);

const refusal = Object.assign(new Error('Not authorized to access group'), { type: 'GROUP_AUTHORIZATION_FAILED' });

/** Two brokers, both of which give that answer. */
function askAll(Pool: typeof BrokerPool, answer: () => Promise<string>): Promise<string | null> {
  const pool = new Pool({ connectionPoolBuilder: {}, logger: { namespace: () => silent } });
  Object.assign(pool, { brokers: { '1': {}, '2': {} }, findBroker: async () => ({}) });
  return pool.withBroker(answer);
}

describe('src/adapters/kafka/patch', () => {
  beforeEach(() => {
    jest.useFakeTimers();
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  it('is still needed: kafkajs by itself arms a timer though nothing waits', () => {
    queueOf(RequestQueue).checkPendingRequests();
    jest.advanceTimersByTime(1_000);

    expect(jest.getTimerCount()).toBe(1);
  });

  it('arms no timer while nothing waits', () => {
    queueOf(Patched).checkPendingRequests();

    expect(jest.getTimerCount()).toBe(0);
  });

  it('sends what waits as soon as the throttling ends', () => {
    const queue = queueOf(Patched);
    const send = jest.fn();
    Object.assign(queue, { throttledUntil: Date.now() + 500 });
    queue.pending.push({ send, expectResponse: true });

    queue.checkPendingRequests();
    jest.advanceTimersByTime(499);
    expect(send).not.toHaveBeenCalled();

    jest.advanceTimersByTime(1);
    expect(send).toHaveBeenCalledTimes(1);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('looks again shortly when only the room was missing', () => {
    const queue = queueOf(Patched);
    Object.assign(queue, { maxInFlightRequests: 0 });
    queue.pending.push({ send() {}, expectResponse: true });

    queue.checkPendingRequests();

    expect(jest.getTimerCount()).toBe(1);
  });

  describe('what brokers refuse', () => {
    it('is still needed: kafkajs by itself drops why no broker answers', async () => {
      await expect(askAll(BrokerPool, () => Promise.reject(refusal))).resolves.toBeNull();
    });

    it('is told', async () => {
      await expect(askAll(PatchedPool, () => Promise.reject(refusal))).rejects.toBe(refusal);
    });

    it('does not matter where another broker answers, and other failures are none', async () => {
      const answers = [Promise.reject(refusal), Promise.resolve('broker 2')];
      await expect(askAll(PatchedPool, () => answers.shift() ?? Promise.reject(refusal))).resolves.toBe('broker 2');
      await expect(askAll(PatchedPool, () => Promise.reject(new Error('gone')))).resolves.toBeNull();
    });
  });
});
