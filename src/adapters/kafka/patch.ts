import BrokerPool, { type BrokerAt } from 'kafkajs/src/cluster/brokerPool.js';
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

/**
 * kafkajs 2.2.4 asks each broker for the coordinator of a group and drops what each of them answers. A login that may not
 * see the group then reads "Failed to find group coordinator", as if a broker were away. This keeps the refusal.
 *
 * test/adapters/kafka/patch.test.ts fails when a kafkajs no longer needs it: drop it then.
 */
export function keepRefusals(pool: Pick<typeof BrokerPool, 'prototype'> = BrokerPool): void {
  // oxlint-disable-next-line typescript/unbound-method -- called with its pool as "this" below
  const { withBroker } = pool.prototype;
  pool.prototype.withBroker = async function withBrokerOrRefusal<T>(
    this: BrokerPool,
    ask: (at: BrokerAt) => Promise<T>,
  ): Promise<T | null> {
    let refusal: unknown;
    const answer = await withBroker.call(this, (at) =>
      ask(at).catch((error: unknown) => {
        refusal = isRefusal(error) ? error : refusal;
        throw error;
      }),
    );
    if (answer === null && refusal !== undefined) {
      throw refusal;
    }
    return answer as T | null;
  };
}

function isRefusal(error: unknown): boolean {
  return error instanceof Error && 'type' in error && /_AUTHORIZATION_FAILED$/.test(String(error.type));
}
