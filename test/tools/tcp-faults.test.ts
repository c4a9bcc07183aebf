import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { TcpFaults } from '../faults/support/tcp-faults.ts';
import { until } from '../stack/support/until.ts';

/** A server that says back what it hears, and the client of a proxy before it. */
let server: Server;
let heard: string;
let proxy: TcpFaults;
const sockets: Socket[] = [];
let answer: (text: string) => Buffer;

beforeEach(async () => {
  heard = '';
  answer = (text) => Buffer.from(text);
  server = createServer((socket) => {
    sockets.push(socket);
    socket
      .on('error', () => undefined)
      .on('data', (chunk) => {
        heard += chunk.toString();
        socket.write(answer(chunk.toString()));
      });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  proxy = await TcpFaults.start((server.address() as AddressInfo).port);
});

afterEach(async () => {
  sockets.splice(0).forEach((socket) => socket.destroy());
  await proxy.close();
  await new Promise((resolve) => server.close(resolve));
});

/** What a client got, and how its connection ended. */
function client() {
  const socket = connect(proxy.port, '127.0.0.1');
  sockets.push(socket);
  const got = { bytes: Buffer.alloc(0), ended: false };
  socket
    .on('data', (chunk: Buffer) => (got.bytes = Buffer.concat([got.bytes, chunk])))
    .on('error', () => undefined)
    .on('close', () => (got.ended = true));
  const receives = (text: string) =>
    until(
      'the answer',
      () => got.bytes.toString(),
      (bytes) => bytes === text,
    );
  const ends = () => until('the end of the connection', () => got.ended, Boolean);
  return { socket, got, receives, ends };
}

describe('the proxy of the suite', () => {
  it('passes what comes, both ways and in order', async () => {
    const { socket, receives } = client();
    socket.write('one ');
    socket.write('two');
    await receives('one two');
  });

  it('refuses: ends what is open, and what is new', async () => {
    const before = client();
    before.socket.write('x');
    await before.receives('x');
    proxy.set({ kind: 'refuse' });
    await before.ends();
    await client().ends();
  });

  it('swallows questions: the server hears nothing', async () => {
    proxy.set({ kind: 'swallow', way: 'ask' });
    const seen: string[] = [];
    proxy.look = (chunk) => seen.push(chunk.toString()) > 0;
    const { socket, got } = client();
    socket.write('lost');
    await until(
      'the question at the proxy',
      () => seen,
      (chunks) => chunks.join('') === 'lost',
    );
    expect([heard, got.bytes.length]).toEqual(['', 0]);
  });

  it('swallows answers: the server has heard, and the client never learns it', async () => {
    proxy.set({ kind: 'swallow', way: 'answer' });
    const { socket, got } = client();
    const seen: string[] = [];
    proxy.look = (_, way) => seen.push(way) > 0;
    socket.write('done');
    await until(
      'the answer at the proxy',
      () => seen,
      (ways) => ways.includes('answer'),
    );
    expect([heard, got.bytes.length, got.ended]).toEqual(['done', 0, false]);
  });

  it.each([
    [3, 'abc'],
    [6, 'abcdef'],
  ])('resets after %d bytes of an answer', async (afterBytes, arrived) => {
    proxy.set({ kind: 'reset', afterBytes });
    const { socket, ends, got } = client();
    socket.write('abcdef');
    await ends();
    // A reset may overtake what was on its way, and never brings more.
    expect(arrived.startsWith(got.bytes.toString())).toBe(true);
    expect(heard).toBe('abcdef');
  });

  it('delays, and keeps the order', async () => {
    proxy.set({ kind: 'delay', ms: 20 });
    const { socket, receives } = client();
    socket.write('a');
    await receives('a');
    socket.write('b');
    await receives('ab');
  });

  it('lets answers trickle, and the rest come at once when it is healed', async () => {
    proxy.set({ kind: 'trickle', bytesPerSecond: 100 });
    const { socket, got, receives } = client();
    socket.write('0123456789');
    await until(
      'the first byte',
      () => got.bytes.length,
      (length) => length > 0,
    );
    proxy.set({ kind: 'pass' });
    await receives('0123456789');
  });

  it('is as before when it is healed; what a fault left half-done ends', async () => {
    proxy.set({ kind: 'swallow', way: 'both' });
    const before = client();
    before.socket.write('lost');
    await until(
      'the connection',
      () => sockets.length,
      (count) => count === 2,
    );
    proxy.heal();
    await before.ends();
    const { socket, receives } = client();
    socket.write('again');
    await receives('again');
  });

  it('keeps what the test does not let pass', async () => {
    const seen: string[] = [];
    proxy.look = (chunk) => seen.push(chunk.toString()) > 0 && chunk.toString() !== 'no';
    const { socket, receives } = client();
    socket.write('no');
    await until(
      'the look',
      () => seen,
      (chunks) => chunks.includes('no'),
    );
    socket.write('yes');
    await receives('yes');
    expect(heard).toBe('yes');
  });

  it('puts its own port where a Kafka broker names its own', async () => {
    const port = Buffer.alloc(4);
    port.writeInt32BE((server.address() as AddressInfo).port);
    answer = () => Buffer.concat([Buffer.from('x127.0.0.1'), port, Buffer.from('y127.0.0.1'), port]);
    const { socket, got } = client();
    socket.write('metadata');
    await until(
      'the answer',
      () => got.bytes.length,
      (length) => length === 28,
    );
    expect([got.bytes.readInt32BE(10), got.bytes.readInt32BE(24)]).toEqual([proxy.port, proxy.port]);
  });
});
