import RequestQueue from 'kafkajs/src/network/requestQueue/index.js';

/** As in kafkajs: how soon to look again at requests that wait for room. */
const RECHECK_MS = 10;

/**
 * kafkajs 2.2.4 arms a timer after each answer to look at waiting requests, even when none waits and no broker
 * throttles. The timer's own check arms the next one: one every millisecond and connection, for ever, 6 % of a core in a
 * service that does nothing, and TimeoutNegativeWarning on newer Node versions (tulios/kafkajs#1751). This arms it only
 * when something waits.
 *
 * test/adapters/kafka/patch.test.ts fails when a kafkajs no longer needs it: drop it then.
 */
export function restWhenIdle(queue: Pick<typeof RequestQueue, 'prototype'> = RequestQueue): void {
  queue.prototype.scheduleCheckPendingRequests = function scheduleCheckPendingRequests(this: RequestQueue): void {
    if (this.throttleCheckTimeoutId !== null || this.pending.length === 0) {
      return;
    }
    const throttledFor = this.throttledUntil - Date.now();
    this.throttleCheckTimeoutId = setTimeout(
      () => {
        this.throttleCheckTimeoutId = null;
        this.checkPendingRequests();
      },
      throttledFor > 0 ? throttledFor : RECHECK_MS,
    );
  };
}
