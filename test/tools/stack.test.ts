import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

const root = join(import.meta.dirname, '../..');
const bootstrap = join(root, 'stack/bootstrap.mjs');
const cli = 'stack/cli.ts';

describe('npm run stack', () => {
  let dir: string;

  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'vestibule-stack-'));
  });
  afterEach(() => rmSync(dir, { recursive: true }));

  const stack = (args: readonly string[], path = process.env['PATH']) =>
    spawnSync(process.execPath, [bootstrap, cli, ...args], { encoding: 'utf8', env: { ...process.env, PATH: path } });

  it('names what the machine lacks, with the remedy, before anything is done', () => {
    symlinkSync(process.execPath, join(dir, 'node'));
    const { status, stderr } = stack(['up'], dir);
    expect(status).toBe(2);
    expect(stderr).toContain('the command "java" is not found. Install a JDK 17 or newer');
    expect(stderr).toContain('the command "mvn" is not found. Install it');
  });

  it.each([
    [['--help'], 0],
    [['up', '--port', '1'], 2],
    [['sideways'], 2],
    [['up', '--name', '../x'], 2],
  ] as const)('says how it is used: %j', (args, code) => {
    const { status, stdout, stderr } = stack(args);
    expect(status).toBe(code);
    expect(`${stdout}${stderr}`).toContain('npm run stack -- up|down|status|env');
  });

  it('says how to start a stack that is down', () => {
    const { status, stderr } = stack(['env', '--name', 'nobody-started-this']);
    expect(status).toBe(1);
    expect(stderr).toContain('npm run stack -- up --name nobody-started-this');
  });

  it('leaves no server running when the process that started it is killed', async () => {
    // The guardian's standard input is a pipe of its starter's, which the system closes however that one ends.
    const log = join(dir, 'log');
    const server = 'setInterval(() => {}, 1000); console.log(process.pid)';
    const starter = `require('node:child_process').spawn(process.execPath, ${JSON.stringify([
      join(root, 'stack/guardian.mjs'),
      log,
      process.execPath,
      '-e',
      server,
    ])}, { stdio: ['pipe', 'ignore', 'ignore'] })`;
    const started = spawn(process.execPath, ['-e', starter], { stdio: 'ignore' });
    const pid = await pidIn(log);
    started.kill('SIGKILL');
    await gone(pid);
  });
});

async function pidIn(log: string): Promise<number> {
  for (;;) {
    try {
      const pid = Number(readFileSync(log, 'utf8'));
      if (pid > 0) {
        return pid;
      }
    } catch {
      // not written yet
    }
    await soon();
  }
}

async function gone(pid: number): Promise<void> {
  for (;;) {
    try {
      process.kill(pid, 0);
    } catch {
      return;
    }
    await soon();
  }
}

function soon(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 20));
}
