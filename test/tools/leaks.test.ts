import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

const root = join(import.meta.dirname, '../..');

/** Test files by name, each with what it opens and does not close, or does not await in time. */
const files = {
  timer: 'setInterval(() => {}, 1000)',
  server: "require('node:net').createServer().listen(0)",
  connection: `const server = require('node:net').createServer().unref();
    await new Promise((resolve) => server.listen(0, resolve));
    await new Promise((resolve) => require('node:net').connect(server.address().port).on('connect', resolve))`,
  process: "require('node:child_process').spawn('sleep', ['20'], { stdio: 'ignore' })",
  lateAwait: `const late = Promise.reject(new Error('rejected early'));
    await new Promise((resolve) => setTimeout(resolve, 5));
    await late.catch(() => undefined);
    await new Promise((resolve) => setTimeout(resolve, 5))`,
  nothing: 'await new Promise((resolve) => setTimeout(resolve, 1))',
} as const;

describe('test/run/environment', () => {
  let dir: string;
  let output: string;

  beforeAll(() => {
    dir = mkdtempSync(join(tmpdir(), 'vestibule-leaks-'));
    for (const [name, opens] of Object.entries(files)) {
      writeFileSync(join(dir, `${name}.test.js`), `it('passes', async () => { ${opens} });`);
    }
    const config = { rootDir: dir, testEnvironment: join(root, 'test/run/environment.mjs'), transform: {} };
    const jest = ['--experimental-vm-modules', join(root, 'node_modules/jest/bin/jest.js')];
    const { COVERAGE_DIR: _, ...env } = process.env;
    // Two at a time, in processes of their own: in a single one the leak itself would keep the runner from ending.
    const { stderr } = spawnSync(process.execPath, [...jest, '--config', JSON.stringify(config), '--maxWorkers=2'], {
      cwd: root,
      env,
      encoding: 'utf8',
    });
    output = stderr;
  }, 60_000);
  afterAll(() => rmSync(dir, { recursive: true }));

  it.each<[keyof typeof files, string]>([
    ['timer', 'this test file leaves open: 1 timer(s)'],
    ['server', 'this test file leaves open: Server on port'],
    ['connection', 'a connection to port'],
    ['process', '(sleep)'],
  ])('fails a test file that leaves open a %s, and says so', (name, leak) => {
    expect(output).toMatch(new RegExp(`^FAIL .*${name}\\.test\\.js`, 'm'));
    expect(output).toContain(leak);
  });

  it('fails a test file in which a promise is rejected before anybody awaits it', () => {
    expect(output).toMatch(/^FAIL .*lateAwait\.test\.js/m);
    expect(output).toContain('a promise was awaited too late, it was rejected before: Error: rejected early');
  });

  it('passes one that leaves nothing', () => {
    expect(output).toMatch(/^PASS .*nothing\.test\.js/m);
  });
});
