import type { Outage, OutageStore, WaitingJob } from '../../src/jobs/outages.ts';

export class FakeOutageStore implements OutageStore {
  readonly #outages = new Map<string, Outage>();
  readonly #waiting = new Map<string, Map<string, WaitingJob>>();
  readonly #probes = new Map<string, number>();
  #woken: WaitingJob[] = [];

  async suspect(system: string, now: number, job?: WaitingJob): Promise<void> {
    this.#outages.set(system, this.#outages.get(system) ?? { system, confirmed: false, since: now });
    if (job !== undefined) {
      const jobs = this.#waiting.get(system) ?? new Map<string, WaitingJob>();
      this.#waiting.set(system, jobs.set(`${job.queue} ${job.id}`, job));
    }
  }

  async list(): Promise<readonly Outage[]> {
    return [...this.#outages.values()];
  }

  async claimProbe(system: string): Promise<boolean> {
    if ((this.#probes.get(system) ?? 0) > Date.now()) {
      return false;
    }
    this.#probes.set(system, Infinity);
    return true;
  }

  async letGo(system: string, pauseMs: number): Promise<void> {
    this.#probes.set(system, Date.now() + pauseMs);
  }

  async confirm({ system }: Outage): Promise<boolean> {
    const known = this.#outages.get(system);
    if (known === undefined || known.confirmed) {
      return false;
    }
    this.#outages.set(system, { ...known, confirmed: true });
    return true;
  }

  async end(system: string): Promise<number> {
    const jobs = [...(this.#waiting.get(system)?.values() ?? [])];
    this.#woken.push(...jobs);
    await this.drop(system);
    return jobs.length;
  }

  async drop(system: string): Promise<void> {
    this.#outages.delete(system);
    this.#waiting.delete(system);
  }

  async takeWoken(most: number): Promise<readonly WaitingJob[]> {
    return this.#woken.splice(0, most);
  }

  async giveBack(jobs: readonly WaitingJob[]): Promise<void> {
    this.#woken.push(...jobs);
  }
}
