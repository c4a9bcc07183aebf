import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';

import { stackDir } from './paths.ts';
import type { Ports } from './ports.ts';

/** What a stack leaves in its folder for `status`, `env` and `down`, from its first server on. */
export interface State {
  readonly startedAt: string;
  readonly ports: Ports;
  readonly servers: readonly Running[];
}

export interface Running {
  readonly name: string;
  /** Leader of the server's process group. */
  readonly pid: number;
  readonly log: string;
  /** A part of that process's command line: see Server. */
  readonly marker: string;
}

export async function readState(name: string): Promise<State | null> {
  try {
    return JSON.parse(await readFile(stateFile(name), 'utf8')) as State;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
      return null;
    }
    throw error;
  }
}

/** At once and whole: a reader, or a crash, never meets a half. */
export function writeState(name: string, state: State): void {
  mkdirSync(stackDir(name), { recursive: true });
  const half = `${stateFile(name)}.${process.pid}`;
  writeFileSync(half, `${JSON.stringify(state, null, 2)}\n`);
  renameSync(half, stateFile(name));
}

export async function removeState(name: string): Promise<void> {
  await rm(stateFile(name), { force: true });
}

/** Whether a process of that number lives and is the server that was started, not a later one that got its number. */
export async function isOurs({ pid, marker }: Running): Promise<boolean> {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  const commandLine = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => null);
  // Where there is no /proc, the living process of that number has to do.
  return commandLine === null || commandLine.includes(marker);
}

function stateFile(name: string): string {
  return join(stackDir(name), 'state.json');
}
