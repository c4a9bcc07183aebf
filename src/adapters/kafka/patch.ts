import BrokerPool, { type BrokerAt } from 'kafkajs/src/cluster/brokerPool.js';
import Connection from 'kafkajs/src/network/connection.js';
import RequestQueue from 'kafkajs/src/network/requestQueue/index.js';

/** Before each answer stands its length. */
const LENGTH_BYTES = 4;
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

/**
 * kafkajs 2.2.4 keeps the part of an answer that came before a connection broke, and puts the first answer of the next
 * connection behind it. It reads a wrong length then, and an answer that is shorter than its own header ends the process.
 * The same befalls a service that is connected to something else than Kafka. This begins each connection with nothing,
 * and ends one whose answer cannot be read: its requests fail, and are repeated as after any broken connection.
 *
 * test/adapters/kafka/patch-connection.test.ts fails when a kafkajs no longer needs it: drop it then.
 */
export function endUnreadable(connection: Pick<typeof Connection, 'prototype'> = Connection): void {
  // oxlint-disable-next-line typescript/unbound-method -- called with their connection as "this" below
  const { connect, processData } = connection.prototype;
  connection.prototype.connect = function connectAnew(this: Connection): Promise<true> {
    if (!this.isConnected()) {
      Object.assign(this, { chunks: [], bytesBuffered: 0, bytesNeeded: LENGTH_BYTES });
    }
    return connect.call(this);
  };
  connection.prototype.processData = function processOrEnd(this: Connection, data: Buffer): void {
    try {
      processData.call(this, data);
    } catch (error) {
      this.socket.destroy(error instanceof Error ? error : new Error(String(error)));
    }
  };
}
