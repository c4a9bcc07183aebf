import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach } from '@jest/globals';

import type { Io } from '../../src/cli/command.ts';
import { type Paint, plain } from '../../src/platform/paint.ts';

const folders: string[] = [];
afterEach(async () => {
  await Promise.all(folders.splice(0).map((dir) => rm(dir, { recursive: true })));
});

/** A folder that is gone after the test. */
export async function folder(files: Record<string, string>): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'vestibule-cli-'));
  folders.push(dir);
  for (const [name, text] of Object.entries(files)) {
    await writeFile(join(dir, name), text);
  }
  return dir;
}

export function fakeIo({
  stdin = '',
  env = {},
  paint = plain,
}: { stdin?: string; env?: Io['env']; paint?: Paint } = {}) {
  const out: string[] = [];
  const err: string[] = [];
  const io: Io = {
    stdout: (text) => void out.push(text),
    stderr: (text) => void err.push(text),
    stdin: () => Promise.resolve(stdin),
    env,
    paint: { stdout: paint, stderr: paint },
  };
  return { io, out: () => out.join(''), err: () => err.join('') };
}
