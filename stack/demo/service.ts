import type { ChildProcess } from 'node:child_process';
import { join } from 'node:path';

import { launch, untilReady } from '../launch.ts';
import { projectDir } from '../paths.ts';
import type { Server } from '../servers/server.ts';
import { stopGroup } from '../stop-group.mjs';

/** The built service. It ends with this process, however that ends. Somebody may stop it, and start it again. */
export class DemoService {
  /** Resolves with the exit code when the service ends, and nobody asked it to. */
  readonly failed: Promise<number | null>;
  readonly #server: Server;
  readonly #log: string;
  #child: ChildProcess | null = null;
  #fail: (code: number | null) => void = () => undefined;
  #startedBefore = false;
  /** One press of a button after the other. */
  #last: Promise<void> = Promise.resolve();

  constructor(env: Readonly<Record<string, string>>, opsUrl: string, log: string) {
    this.failed = new Promise((resolve) => (this.#fail = resolve));
    this.#log = log;
    this.#server = {
      name: 'Vestibule',
      command: process.execPath,
      args: [join(projectDir, 'bin', 'vestibule.js'), 'run'],
      env,
      marker: 'vestibule.js',
      timeoutMs: 60_000,
      async check() {
        const { ok, status } = await fetch(`${opsUrl}/readyz`);
        if (!ok) {
          throw new Error(`/readyz answers ${status}`);
        }
      },
    };
  }

  get runs(): boolean {
    return this.#child !== null;
  }

  /** Resolves when it is open. @throws when it does not open */
  start(): Promise<void> {
    return this.#next(async () => {
      if (this.#child === null) {
        await this.#launch();
      }
    });
  }

  /** Resolves when it is gone. */
  stop(): Promise<void> {
    return this.#next(async () => {
      const { pid } = this.#child ?? {};
      this.#child = null;
      if (pid !== undefined) {
        await stopGroup(pid);
      }
    });
  }

  async #launch(): Promise<void> {
    const child = await launch(this.#server, this.#log, false, this.#startedBefore);
    this.#startedBefore = true;
    this.#child = child;
    child.once('exit', (code) => {
      if (this.#child === child) {
        this.#child = null;
        this.#fail(code);
      }
    });
    await untilReady(this.#server, child, this.#log, new AbortController().signal);
  }

  #next(step: () => Promise<void>): Promise<void> {
    const done = this.#last.then(step);
    this.#last = done.catch(() => undefined); // whoever asked for it hears of it
    return done;
  }
}
