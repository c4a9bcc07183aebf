import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { stackDir } from './paths.ts';
import type { Ports } from './ports.ts';
import type { Running } from './stack.ts';

/** What `up` leaves for `status`, `env` and `down`. */
export interface State {
  readonly startedAt: string;
  readonly ports: Ports;
  readonly servers: readonly Running[];
}

export async function readState(name: string): Promise<State | null> {
  try {
    return JSON.parse(await readFile(join(stackDir(name), 'state.json'), 'utf8')) as State;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
      return null;
    }
    throw error;
  }
}

export async function writeState(name: string, state: State): Promise<void> {
  await mkdir(stackDir(name), { recursive: true });
  await writeFile(join(stackDir(name), 'state.json'), `${JSON.stringify(state, null, 2)}\n`);
}

export async function removeState(name: string): Promise<void> {
  await rm(join(stackDir(name), 'state.json'), { force: true });
}

/** Whether a process of that id lives and is the server that `up` started, not a later one that got its number. */
export async function isOurs({ pid, name }: Running): Promise<boolean> {
  const words: Record<string, string> = {
    Redis: 'redis\0valkey',
    Kafka: 'kafka.Kafka',
    Keycloak: 'kc.sh',
    Mail: 'inbox',
  };
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  const commandLine = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => null);
  // Where there is no /proc, the living process of that number has to do.
  return commandLine === null || (words[name] ?? '').split('\0').some((word) => commandLine.includes(word));
}
