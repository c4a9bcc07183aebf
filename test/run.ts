import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import { projectDir, stackDir } from '../stack/paths.ts';
import { startStack } from '../stack/stack.ts';

// Everything that is tested, in the order in which it fails soonest: `npm test`. With --unit only what needs no servers.

interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

const { values, positionals } = parseArgs({
  options: { unit: { type: 'boolean', default: false } },
  allowPositionals: true,
});
const total: Counts = { passed: 0, failed: 0, skipped: 0 };
const bin = (name: string): string => join(projectDir, 'node_modules', '.bin', name);
const reports = await mkdtemp(join(tmpdir(), 'vestibule-test-'));

await stage('types', () => asOne(bin('tsc'), ['-p', '.']));
await stage('lint', () =>
  asOne(bin('oxlint'), ['--type-aware', '--deny-warnings', 'src', 'workers', 'stack', 'bench', 'test']),
);
await stage('format', () => asOne(bin('prettier'), ['--check', '--log-level', 'warn', '.']));
await stage('build', () => asOne(bin('tsc'), ['-p', 'tsconfig.build.json']));
await stage('unit tests', () => jest('unit'));
await stage('Keycloak provider', maven);
if (!values.unit) {
  await stage('tests on the real stack', onStack);
}
await rm(reports, { recursive: true, force: true });

const { passed, failed, skipped } = total;
console.log(`\n${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
process.exit(failed > 0 || passed === 0 ? 1 : 0);

/** A stage that cannot run counts as a failure. */
async function stage(name: string, run: () => Promise<Counts>): Promise<void> {
  console.log(`\n── ${name}`);
  const startedAt = Date.now();
  const counts = await run().catch((error: unknown): Counts => {
    console.error(error instanceof Error ? error.message : error);
    return { passed: 0, failed: 1, skipped: 0 };
  });
  total.passed += counts.passed;
  total.failed += counts.failed;
  total.skipped += counts.skipped;
  console.log(
    `── ${name}: ${counts.passed} passed, ${counts.failed} failed, ${((Date.now() - startedAt) / 1_000).toFixed(1)} s`,
  );
}

async function asOne(command: string, args: readonly string[]): Promise<Counts> {
  const ok = (await exec(command, args)) === 0;
  return { passed: ok ? 1 : 0, failed: ok ? 0 : 1, skipped: 0 };
}

async function jest(project: 'unit' | 'stack', env: Readonly<Record<string, string>> = {}): Promise<Counts> {
  const output = join(reports, `${project}.json`);
  const args = [
    '--experimental-vm-modules',
    '--disable-warning=ExperimentalWarning',
    bin('jest'),
    '--selectProjects',
    project,
    '--passWithNoTests',
  ];
  const workers = project === 'stack' ? ['--maxWorkers=2', '--forceExit'] : [];
  const code = await exec(
    process.execPath,
    [
      ...args,
      ...workers,
      '--json',
      `--outputFile=${output}`,
      ...(positionals.length > 0 ? ['--testPathPatterns', ...positionals] : []),
    ],
    env,
    'pipe',
  );
  const report = JSON.parse(await readFile(output, 'utf8')) as Record<string, number>;
  // A file that could not be loaded has no tests to count, and fails all the same.
  const broken = report['numRuntimeErrorTestSuites'] ?? 0;
  const failed = (report['numFailedTests'] ?? 0) + broken;
  return {
    passed: report['numPassedTests'] ?? 0,
    failed: failed === 0 && code !== 0 ? 1 : failed,
    skipped: report['numPendingTests'] ?? 0,
  };
}

async function maven(): Promise<Counts> {
  const module = join(projectDir, 'keycloak');
  if (!existsSync(join(module, 'pom.xml'))) {
    throw new Error('keycloak/pom.xml is missing');
  }
  await rm(join(module, 'target', 'surefire-reports'), { recursive: true, force: true });
  const code = await exec('mvn', ['-q', '-B', '-f', join(module, 'pom.xml'), 'test']);
  const counts: Counts = { passed: 0, failed: 0, skipped: 0 };
  for (const file of await readdir(join(module, 'target', 'surefire-reports')).catch(() => [])) {
    if (!file.endsWith('.xml')) {
      continue;
    }
    const suite =
      /<testsuite [^>]*>/.exec(await readFile(join(module, 'target', 'surefire-reports', file), 'utf8'))?.[0] ?? '';
    const attribute = (name: string): number => Number(new RegExp(` ${name}="(\\d+)"`).exec(suite)?.[1] ?? 0);
    const failed = attribute('failures') + attribute('errors');
    counts.failed += failed;
    counts.skipped += attribute('skipped');
    counts.passed += attribute('tests') - failed - attribute('skipped');
  }
  return code !== 0 && counts.failed === 0 ? { ...counts, failed: 1 } : counts;
}

async function onStack(): Promise<Counts> {
  const name = `test-${randomBytes(3).toString('hex')}`;
  const stack = await startStack({
    name,
    detached: false,
    usualPorts: false,
    quickStart: true,
    onProgress: (line) => console.log(`· ${line}`),
  });
  const interrupted = (): void => void stack.stop().finally(() => process.exit(130));
  process.once('SIGINT', interrupted).once('SIGTERM', interrupted);
  try {
    return await jest('stack', stack.env);
  } finally {
    await stack.stop();
    await rm(stackDir(name), { recursive: true, force: true });
  }
}

/** Runs a command and shows what it prints; jest's reporter writes to the standard error, its JSON is kept off the screen. */
function exec(
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  stdout: 'inherit' | 'pipe' = 'inherit',
): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: projectDir,
      env: { ...process.env, ...env },
      stdio: ['ignore', stdout, 'inherit'],
    });
    child.stdout?.resume();
    child.once('error', reject);
    child.once('exit', (code) => resolve(code ?? 1));
  });
}
