import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import Connection from 'kafkajs/src/network/connection.js';

import { endUnreadable } from '../../../src/adapters/kafka/patch.ts';

class Patched extends Connection {}
endUnreadable(Patched);

const silent = { debug() {}, error() {}, warn() {}, info() {} };
/** A length of a hundred, and the first bytes of the answer. */
const begun = Buffer.from([0, 0, 0, 100, 1, 2, 3]);
/** An answer without the id that says which request it is for. */
const tooShort = Buffer.from([0, 0, 0, 0]);

describe('src/adapters/kafka/patch, connections', () => {
  let server: Server;
  let opened: { disconnect(): Promise<void> }[] = [];

  beforeEach(async () => {
    server = createServer((socket) => socket.resume().on('error', () => undefined)).listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((one) => one.disconnect()));
    await new Promise((resolve) => server.close(resolve));
  });

  async function open(Kind: typeof Connection): Promise<{ connection: Connection; broker: Socket }> {
    const connection = new Kind({
      host: '127.0.0.1',
      port: (server.address() as AddressInfo).port,
      clientId: 'c',
      requestTimeout: 1_000,
      connectionTimeout: 1_000,
      logger: { namespace: () => silent },
      socketFactory: ({ host, port, onConnect }) => connect({ host, port }, onConnect),
    });
    opened.push(connection);
    const accepted = once(server, 'connection');
    await connection.connect();
    const [broker] = (await accepted) as [Socket];
    return { connection, broker };
  }

  /** Bytes of an answer that waits for its rest, after the connection was made anew. */
  async function leftOver(Kind: typeof Connection): Promise<number> {
    const { connection } = await open(Kind);
    connection.processData(begun);
    expect(connection.bytesBuffered).toBe(begun.length);
    await connection.disconnect();
    await connection.connect();
    return connection.bytesBuffered;
  }

  it('is still needed: kafkajs by itself takes half an answer into the next connection, and throws at a short one', async () => {
    expect(await leftOver(Connection)).toBe(begun.length);
    const { connection } = await open(Connection);
    expect(() => connection.processData(tooShort)).toThrow('outside buffer bounds');
  });

  it('begins each connection with nothing', async () => {
    expect(await leftOver(Patched)).toBe(0);
  });

  it('ends a connection whose answer cannot be read', async () => {
    const { connection, broker } = await open(Patched);
    const ended = once(broker, 'close');
    broker.write(tooShort);
    await ended;
    expect(connection.isConnected()).toBe(false);
  });
});
