import { setTimeout as sleep } from 'node:timers/promises';

import { startService, type ServiceOptions, type TestService } from '../../stack/support/service.ts';

interface Start extends ServiceOptions {
  /** One that runs already: this one shares its topics, its consumer group, its keys and its names in Redis. */
  readonly beside?: Instance | undefined;
}

/**
 * One instance of the service, in the hands of something that starts it again when it ends by itself, as every
 * orchestrator does. Such an end is never right: it is counted.
 */
export class Instance {
  /** Ends that nobody asked for. */
  crashes = 0;
  /** What it logged before its last start. */
  readonly #earlier: Record<string, unknown>[] = [];
  readonly #service: TestService;
  #wanted = true;
  #over = false;
  readonly #watching: Promise<void>;

  private constructor(service: TestService) {
    this.#service = service;
    this.#watching = this.#watch();
  }

  static async start({ beside, env, ...options }: Start): Promise<Instance> {
    const shared = Object.entries(beside?.settings ?? {}).filter(([name]) =>
      /^KAFKA_.*(TOPIC|GROUP)$|^REDIS_|^LINK_KEYS$/.test(name),
    );
    const given = { LOCKOUT_LIMIT_PER_MINUTE: '0', ...Object.fromEntries(shared), ...env };
    return new Instance(await startService({ ...options, env: given, openWithinMs: 240_000 }));
  }

  get settings(): TestService['settings'] {
    return this.#service.settings;
  }

  get opsUrl(): string {
    return this.#service.opsUrl;
  }

  get rulesDir(): string {
    return this.#service.settings.RULES_DIR;
  }

  get pid(): number {
    return this.#service.pid() ?? 0;
  }

  /** All that it logged, in whatever life. */
  get lines(): readonly Record<string, unknown>[] {
    return [...this.#earlier, ...this.#service.log];
  }

  logged(text: string | RegExp): number {
    return this.lines.filter(({ msg }) => (typeof text === 'string' ? msg === text : text.test(String(msg)))).length;
  }

  writeRules(files: Readonly<Record<string, string>>): Promise<unknown> {
    return this.#service.writeRules(files);
  }

  async kill(): Promise<void> {
    this.#wanted = false;
    await this.#service.kill();
  }

  async stop(): Promise<void> {
    this.#wanted = false;
    await this.#service.stop();
  }

  /** Asks it to stop, and does not wait for it. */
  async stopAtOnce(): Promise<void> {
    this.#wanted = false;
    process.kill(this.pid, 'SIGTERM');
    await this.#service.stop(); // the second signal
  }

  async start(): Promise<void> {
    this.#keepLog();
    await this.#service.restart();
    this.#wanted = true;
  }

  /** Settings for its next start. */
  change(env: Readonly<Record<string, string>>): void {
    Object.assign(this.#service.settings, env);
  }

  freeze(): void {
    process.kill(this.pid, 'SIGSTOP');
  }

  thaw(): void {
    process.kill(this.pid, 'SIGCONT');
  }

  /** Whether jobs wait or run; `false` also when it does not say. */
  async busy(): Promise<boolean> {
    if (this.#service.ended()) {
      return false;
    }
    const page = await fetch(`${this.opsUrl}/metrics`, { signal: AbortSignal.timeout(5_000) })
      .then((answer) => answer.text())
      .catch(() => '');
    // Delayed steps wait in the queue of deadlines for as long as the rules say.
    const queues = page.matchAll(/^vestibule_queue_jobs\{queue="(\w+)"\} (\d+)/gm);
    return [...queues].some(([, queue, jobs]) => queue !== 'deadlines' && jobs !== '0');
  }

  async dispose(): Promise<void> {
    this.#over = true;
    await this.#watching;
    await this.#service.dispose();
  }

  #keepLog(): void {
    this.#earlier.push(...this.#service.log);
  }

  async #watch(): Promise<void> {
    for (; !this.#over; await sleep(100)) {
      if (this.#wanted && this.#service.ended()) {
        this.crashes += 1;
        this.#keepLog();
        await this.#service.restart().catch(() => undefined); // it is tried again, and counted again
      }
    }
  }
}
