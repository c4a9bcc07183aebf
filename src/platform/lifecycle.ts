/** Opens resources in order and closes them in reverse; one failing close never skips the others. */
export class Lifecycle {
  readonly #releases: { name: string; release: () => Promise<void> | void }[] = [];

  async open<T>(
    name: string,
    acquire: () => Promise<T> | T,
    release: (resource: T) => Promise<void> | void,
  ): Promise<T> {
    const resource = await acquire();
    this.#releases.push({ name, release: () => release(resource) });
    return resource;
  }

  /** Names of what is open, oldest first: what a stuck shutdown is waiting for. */
  get stillOpen(): readonly string[] {
    return this.#releases.map(({ name }) => name);
  }

  async close(): Promise<void> {
    const failures: Error[] = [];
    for (let next = this.#releases.at(-1); next !== undefined; next = this.#releases.at(-1)) {
      try {
        await next.release();
      } catch (cause) {
        failures.push(new Error(`closing ${next.name} failed`, { cause }));
      }
      this.#releases.pop();
    }
    if (failures.length > 0) {
      throw new AggregateError(failures, 'shutdown was not clean');
    }
  }
}
