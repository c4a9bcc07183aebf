import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import RequestQueue from 'kafkajs/src/network/requestQueue/index.js';

import { restWhenIdle } from '../../../src/adapters/kafka/patch.ts';

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
});
