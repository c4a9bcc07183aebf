import { join } from 'node:path';

import { launch, untilReady } from '../launch.ts';
import { projectDir } from '../paths.ts';
import type { Server } from '../servers/server.ts';
import { stopGroup } from '../stop-group.mjs';

export interface DemoService {
  stop(): Promise<void>;
  /** Resolves when it ends, wanted or not. */
  readonly ended: Promise<number | null>;
}

/** Starts the built service and resolves when it is open. It ends with this process, however that ends. */
export async function startDemoService(
  env: Readonly<Record<string, string>>,
  opsUrl: string,
  log: string,
): Promise<DemoService> {
  const server: Server = {
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
  const child = await launch(server, log, false);
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  const stop = () => (child.pid === undefined ? Promise.resolve() : stopGroup(child.pid));
  try {
    await untilReady(server, child, log, new AbortController().signal);
  } catch (error) {
    await stop();
    throw error;
  }
  return { ended, stop };
}
