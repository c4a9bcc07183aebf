import { ServiceError } from '../../src/platform/errors.ts';

/** What can go wrong with one call to the outside. After a crash nothing of the process goes on. */
export const modes = ['fails', 'fails after it took effect', 'dies before it', 'dies after it'] as const;
export type Mode = (typeof modes)[number];

export class Crash extends Error {
  override readonly name = 'Crash';
}

/** One process's way to the outside: counts its calls, and lets the one whose turn it is go wrong. */
export class Faults {
  readonly points: string[] = [];
  readonly crashed: Promise<never>;
  readonly #at: number;
  readonly #mode: Mode;
  #crash: (reason: Crash) => void = () => undefined;
  #dead = false;

  /** @param at the number of the call that goes wrong, from 0; -1: none. */
  constructor(at = -1, mode: Mode = 'fails') {
    this.#at = at;
    this.#mode = mode;
    this.crashed = new Promise<never>((_, reject) => (this.#crash = reject));
    this.crashed.catch(() => undefined);
  }

  /** The same object, with every call of a method a point at which something can go wrong. */
  wrap<T extends object>(name: string, target: T): T {
    return new Proxy(target, {
      get: (_, method) => {
        const value: unknown = Reflect.get(target, method);
        return typeof value === 'function'
          ? (...args: unknown[]) =>
              this.#call(`${name}.${String(method)}`, () => value.apply(target, args) as Promise<unknown>)
          : value;
      },
    });
  }

  async #call(point: string, work: () => Promise<unknown>): Promise<unknown> {
    if (this.#dead) {
      return new Promise(() => undefined);
    }
    const turn = this.points.push(point) - 1 === this.#at;
    if (turn && this.#mode === 'fails') {
      throw new ServiceError('KEYCLOAK_UNAVAILABLE', `${point} is away`);
    }
    if (turn && this.#mode === 'dies before it') {
      return this.#die(point);
    }
    const result = await work();
    if (turn && this.#mode === 'dies after it') {
      return this.#die(point);
    }
    if (turn) {
      throw new ServiceError('KEYCLOAK_UNAVAILABLE', `${point} broke off`);
    }
    // What another branch of a dead process got as an answer, it does not live to see.
    return this.#dead ? new Promise(() => undefined) : result;
  }

  #die(point: string): Promise<never> {
    this.#dead = true;
    this.#crash(new Crash(point));
    return new Promise(() => undefined);
  }
}
