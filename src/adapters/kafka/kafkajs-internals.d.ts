/** The parts of kafkajs 2.2.4 that `patch.ts` reaches into; kafkajs has no types for them. */
declare module 'kafkajs/src/cluster/brokerPool.js' {
  export interface BrokerAt {
    readonly nodeId: string;
    readonly broker: unknown;
  }
  export default class BrokerPool {
    constructor(options: { connectionPoolBuilder: unknown; logger: unknown });
    /** By node id. */
    brokers: Record<string, unknown>;
    findBroker(at: { readonly nodeId: string }): Promise<unknown>;
    /** Asks one broker after another until one answers; `null`: none did. */
    withBroker: <T>(this: BrokerPool, ask: (at: BrokerAt) => Promise<T>) => Promise<T | null>;
  }
}

declare module 'kafkajs/src/network/requestQueue/index.js' {
  export default class RequestQueue {
    constructor(options: {
      maxInFlightRequests: number | null;
      requestTimeout: number;
      enforceRequestTimeout: boolean;
      clientId: string;
      broker: string;
      logger: unknown;
    });
    readonly pending: unknown[];
    /** ms since 1970; in the past when the broker does not throttle. */
    readonly throttledUntil: number;
    throttleCheckTimeoutId: NodeJS.Timeout | null;
    checkPendingRequests(): void;
    scheduleCheckPendingRequests(): void;
  }
}

declare module 'kafkajs/src/network/connection.js' {
  import type { Socket } from 'node:net';

  export default class Connection {
    constructor(options: {
      host: string;
      port: number;
      clientId: string;
      requestTimeout: number;
      connectionTimeout: number;
      logger: unknown;
      socketFactory: (options: { host: string; port: number; onConnect: () => void }) => Socket;
    });
    readonly socket: Socket;
    /** What came of an answer that is not whole yet. */
    chunks: Buffer[];
    bytesBuffered: number;
    bytesNeeded: number;
    isConnected(): boolean;
    connect: (this: Connection) => Promise<true>;
    disconnect(): Promise<void>;
    processData: (this: Connection, data: Buffer) => void;
  }
}
