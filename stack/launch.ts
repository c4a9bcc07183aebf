import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { projectDir } from './paths.ts';
import type { Server } from './servers/server.ts';

/**
 * Starts a server whose output goes to a log file of its own.
 * @param detached true: it lives on after this process. False: it ends with this process, however that ends.
 * @param again true: it ran before, and its log goes on
 */
export async function launch(server: Server, log: string, detached: boolean, again = false): Promise<ChildProcess> {
  if (!again) {
    await rm(log, { force: true });
  }
  const env = { ...process.env, ...server.env };
  // Either way out of the terminal's process group: a Ctrl-C is for this process, which stops things in order.
  if (!detached) {
    const guardian = join(projectDir, 'stack', 'guardian.mjs');
    return spawn(process.execPath, [guardian, log, server.command, ...server.args], {
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
      env,
    });
  }
  const output = openSync(log, 'a');
  const child = spawn(server.command, server.args, { detached: true, stdio: ['ignore', output, output], env });
  closeSync(output);
  child.unref();
  return child;
}

/**
 * Waits until a server can do its work.
 * @throws when it ends, or its time is over: with the end of its log, and the remedy where one is known
 */
export async function untilReady(server: Server, child: ChildProcess, log: string, signal: AbortSignal): Promise<void> {
  let ended: string | undefined;
  child.once('exit', (code, by) => (ended = `ended (${code === null ? by : `exit code ${code}`})`));
  child.once('error', (error) => (ended = error.message));
  const deadline = Date.now() + server.timeoutMs;
  for (let last = 'never asked'; ; await sleep(150)) {
    signal.throwIfAborted();
    if (ended !== undefined || Date.now() > deadline) {
      const why = ended ?? `is not ready after ${server.timeoutMs / 1000} s (${last})`;
      throw new Error(`${server.name} ${why}. ${await explain(log)}`);
    }
    try {
      await server.check();
      return;
    } catch (error) {
      last = String(error);
    }
  }
}

const remedies: readonly [RegExp, string][] = [
  [/address already in use|BindException|EADDRINUSE/i, 'Its port was taken in the meantime: try again.'],
  [/may be already in use|lock.*(held|acquire)|Locked by another process/i, 'Another stack uses its data: stop that.'],
  [/OutOfMemoryError|Cannot allocate memory/i, 'The stack needs about 2 GB of free memory.'],
  [/No space left on device/i, 'The disk is full.'],
];

async function explain(log: string): Promise<string> {
  const text = await readFile(log, 'utf8').catch(() => '(no log)');
  const tail = text.trimEnd().split('\n').slice(-20).join('\n');
  const remedy = remedies.find(([sign]) => sign.test(text))?.[1] ?? '';
  return `${remedy}\nThe end of its log, ${log}:\n${tail}`;
}
