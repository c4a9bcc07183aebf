import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** What the network does to bytes. `ask` is the way to the server, `answer` the way back. */
export type NetworkFault =
  | { readonly kind: 'pass' }
  /** Ends what is open, and refuses what is new. */
  | { readonly kind: 'refuse' }
  /** Takes the bytes of one way, or of both, and lets none arrive. */
  | { readonly kind: 'swallow'; readonly way: 'ask' | 'answer' | 'both' }
  /** Ends a connection when so many bytes of an answer have passed. */
  | { readonly kind: 'reset'; readonly afterBytes: number }
  | { readonly kind: 'delay'; readonly ms: number }
  /** Answers arrive one byte at a time. */
  | { readonly kind: 'trickle'; readonly bytesPerSecond: number }
  /** Something else answers in the server's place: a proxy with its own page, a server that is not ready yet. */
  | { readonly kind: 'answers'; readonly asked: RegExp; readonly text: string };

export type Way = 'ask' | 'answer';
/** Looks at each chunk before it is forwarded; may hold it, and `false` keeps it for good. */
export type Look = (chunk: Buffer, way: Way, connection: object) => boolean | Promise<boolean>;

const passes: NetworkFault = { kind: 'pass' };

/**
 * Stands between one client and one server. A Kafka broker names its own address in its answers; there the proxy puts its
 * own, so that the client comes back this way.
 */
export class TcpFaults {
  look: Look = () => true;
  #target: number;
  readonly #open = new Set<Socket>();
  readonly #server = createServer((client) => this.#accept(client));
  #fault: NetworkFault = passes;

  private constructor(target: number) {
    this.#target = target;
  }

  /** @param target port of the server, on loopback */
  static async start(target: number): Promise<TcpFaults> {
    const proxy = new TcpFaults(target);
    await new Promise<void>((resolve) => proxy.#server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  set(fault: NetworkFault): void {
    this.#fault = fault;
    if (fault.kind === 'refuse') {
      this.#reset();
    }
  }

  /** From now on another server is behind it. What is open ends. */
  lead(target: number): void {
    this.#target = target;
    this.#reset();
  }

  /** Back to normal. What a fault left half-done ends, so that its client begins anew. */
  heal(): void {
    this.#fault = passes;
    this.#reset();
  }

  async close(): Promise<void> {
    this.#reset();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  #reset(): void {
    this.#open.forEach((socket) => socket.destroy());
  }

  #accept(client: Socket): void {
    if (this.#fault.kind === 'refuse') {
      client.destroy();
      return;
    }
    const server = connect(this.#target, '127.0.0.1');
    const passed = { bytes: 0 };
    for (const [from, to, way] of [
      [client, server, 'ask'],
      [server, client, 'answer'],
    ] as const) {
      this.#open.add(from);
      from.setNoDelay(true);
      from
        .on('error', () => to.destroy())
        .on('close', () => {
          this.#open.delete(from);
          to.destroy();
        })
        .on('end', () => to.end());
      let before = Promise.resolve();
      from.on('data', (chunk: Buffer) => {
        before = before
          .then(() => this.#carry(chunk, way, { from, to }, passed))
          .catch(() => {
            to.destroy();
          });
      });
    }
  }

  async #carry(given: Buffer, way: Way, ends: { from: Socket; to: Socket }, passed: { bytes: number }): Promise<void> {
    const { from, to } = ends;
    const chunk = way === 'answer' ? this.#readdressed(given) : given;
    if (!(await this.look(chunk, way, passed))) {
      return;
    }
    const fault = this.#fault;
    if (fault.kind === 'delay') {
      await sleep(fault.ms);
    }
    if (fault.kind === 'swallow' && (fault.way === 'both' || fault.way === way)) {
      return;
    }
    if (fault.kind === 'answers' && way === 'ask') {
      if (fault.asked.test(chunk.toString('latin1'))) {
        from.write(fault.text);
      }
      return;
    }
    if (fault.kind === 'trickle' && way === 'answer') {
      await this.#trickle(chunk, to, 1_000 / fault.bytesPerSecond);
      return;
    }
    if (fault.kind === 'reset' && way === 'answer') {
      const left = Math.max(0, fault.afterBytes - passed.bytes);
      passed.bytes += chunk.length;
      if (chunk.length >= left) {
        to.write(chunk.subarray(0, left), () => to.resetAndDestroy());
        return;
      }
    }
    to.write(chunk);
  }

  async #trickle(chunk: Buffer, to: Socket, everyMs: number): Promise<void> {
    for (let at = 0; at < chunk.length; at++) {
      if (to.destroyed || this.#fault.kind !== 'trickle') {
        to.write(chunk.subarray(at));
        return;
      }
      to.write(chunk.subarray(at, at + 1));
      await sleep(everyMs);
    }
  }

  /** A host and a port as Kafka's protocol writes them: the text, then four bytes. */
  #readdressed(chunk: Buffer): Buffer {
    const theirs = address(this.#target);
    let changed = chunk;
    for (let at = chunk.indexOf(theirs); at >= 0; at = chunk.indexOf(theirs, at + 1)) {
      changed = changed === chunk ? Buffer.from(chunk) : changed;
      address(this.port).copy(changed, at);
    }
    return changed;
  }
}

function address(port: number): Buffer {
  const number = Buffer.alloc(4);
  number.writeInt32BE(port);
  return Buffer.concat([Buffer.from('127.0.0.1'), number]);
}
