import { nameOf, type System, systems } from './packet-names.ts';
import type { TcpFaults, Way } from './tcp-faults.ts';

/** Before: what the instance asked never arrives. After: it was done, and the instance does not live to learn it. */
export const moments = ['before', 'after'] as const;
export type Moment = (typeof moments)[number];

/**
 * Counts what an instance asks of each system, and kills it at one of these points. A point is one packet on the way to
 * the system: a request, a command, or several that were sent together. It is known by what it asks.
 */
export class KillPoints {
  /** How often each point was passed since `count`. */
  readonly counts = new Map<string, number>();
  #armed: { readonly point: string; readonly moment: Moment; readonly reached: () => void } | null = null;
  /** The connection whose next answer kills. */
  #answers: object | null = null;
  readonly #kill: () => Promise<void>;

  /** @param kill takes the instance away at once */
  constructor(proxies: Readonly<Record<System, TcpFaults>>, kill: () => Promise<void>) {
    this.#kill = kill;
    for (const system of systems) {
      proxies[system].look = (chunk, way, connection) => this.#look(system, chunk, way, connection);
    }
  }

  /** Kills at the next packet that asks this; resolves with whether it came in time. */
  async killAt(point: string, moment: Moment, withinMs: number): Promise<boolean> {
    let over: NodeJS.Timeout | undefined;
    const killed = await new Promise<boolean>((resolve) => {
      over = setTimeout(() => resolve(false), withinMs);
      this.#armed = { point, moment, reached: () => resolve(true) };
    });
    clearTimeout(over);
    this.#armed = null;
    this.#answers = null;
    return killed;
  }

  async #look(system: System, chunk: Buffer, way: Way, connection: object): Promise<boolean> {
    if (way === 'answer') {
      // The system has done what it was asked: its answer is the proof, and is kept.
      return this.#answers === connection ? this.#die() : true;
    }
    const name = nameOf(system, chunk);
    if (name === null) {
      return true;
    }
    this.counts.set(name, (this.counts.get(name) ?? 0) + 1);
    if (this.#armed?.point !== name || this.#answers !== null) {
      return true;
    }
    if (this.#armed.moment === 'before') {
      return this.#die();
    }
    this.#answers = connection;
    return true;
  }

  async #die(): Promise<false> {
    const armed = this.#armed;
    if (armed !== null) {
      this.#armed = null;
      await this.#kill();
      armed.reached();
    }
    return false;
  }
}
