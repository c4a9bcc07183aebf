import type { TcpFaults, Way } from './tcp-faults.ts';

/** The systems that an instance speaks to. */
export const systems = ['keycloak', 'redis', 'kafka', 'smtp'] as const;
export type System = (typeof systems)[number];

/** Before: what the instance asked never arrives. After: it was done, and the instance does not live to learn it. */
export const moments = ['before it', 'after it'] as const;
export type Moment = (typeof moments)[number];

/**
 * Counts what an instance asks of each system, and kills it at one of these points. A point is one packet on the way to
 * the system: a request, a command, or several that were sent together.
 */
export class KillPoints {
  readonly counts: Record<System, number> = { keycloak: 0, redis: 0, kafka: 0, smtp: 0 };
  /** That the point was reached. */
  killed = false;
  #armed: { readonly system: System; readonly at: number; readonly moment: Moment } | null = null;
  #counting = false;
  #answers: System | null = null;
  readonly #kill: () => Promise<void>;

  constructor(kill: () => Promise<void>) {
    this.#kill = kill;
  }

  watch(system: System, proxy: TcpFaults): void {
    proxy.look = (_, way) => this.#look(system, way);
  }

  /** From now on packets are points. */
  count(): void {
    this.#counting = true;
  }

  /** @param at number of the packet to that system, from 0 on, counted from now */
  arm(system: System, at: number, moment: Moment): void {
    this.#armed = { system, at, moment };
    this.count();
  }

  async #look(system: System, way: Way): Promise<boolean> {
    if (way === 'answer') {
      // The system has done what it was asked: its answer is the proof, and is kept.
      return this.#answers === system ? this.#die() : true;
    }
    if (!this.#counting || this.killed) {
      return true;
    }
    const number = this.counts[system]++;
    const armed = this.#armed;
    if (armed === null || armed.system !== system || armed.at !== number) {
      return true;
    }
    if (armed.moment === 'before it') {
      return this.#die();
    }
    this.#answers = system;
    return true;
  }

  async #die(): Promise<false> {
    if (!this.killed) {
      this.killed = true;
      this.#answers = null;
      await this.#kill();
    }
    return false;
  }
}
