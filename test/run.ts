import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import { findBrowser } from '../stack/browser.ts';
import { stackDir } from '../stack/paths.ts';
import { type Stack, startStack } from '../stack/stack.ts';
import { byFolder, coverageTable, shortfalls } from './run/coverage.ts';
import { readCoverage } from './run/coverage-data.ts';
import { demanded } from './run/coverage-demanded.ts';
import { closingLine, type Counts, oneFailed, onePassed, sum } from './run/counts.ts';
import { jest, npmScript, providerTests } from './run/stages.ts';

const usage = `npm test -- [--unit | --stack] [PATH…]

  Everything that is tested, in the order in which it fails soonest.
  --unit   only what needs no servers
  --stack  only the tests on the real Keycloak, Kafka, Redis and mail server
  PATH     only the test files that match, of those`;

const { values, positionals: paths } = parseArgs({
  allowPositionals: true,
  options: { unit: { type: 'boolean' }, stack: { type: 'boolean' }, help: { type: 'boolean' } },
});
if (values.help === true) {
  console.log(usage);
  process.exit(0);
}
const name = `test-${process.pid}`;
const interrupted = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(signal, () => interrupted.abort(new Error('interrupted')));
}
const { signal } = interrupted;
const results: Counts[] = [];
/** Only a full run says how much of the code the tests run. */
const coverageDir =
  values.unit === true || values.stack === true || paths.length > 0
    ? undefined
    : await mkdtemp(join(tmpdir(), 'vestibule-coverage-'));
const covered: Readonly<Record<string, string>> = coverageDir === undefined ? {} : { COVERAGE_DIR: coverageDir };
let stack: Stack | undefined;

if (values.stack !== true) {
  await stage('types', () => npmScript('typecheck', { signal }));
  await stage('lint', () => npmScript('lint', { signal }));
  await stage('unused code', () => npmScript('unused', { signal }));
  await stage('format', () => npmScript('format:check', { signal }));
  await stage('known faults of packages', () => npmScript('audit', { signal }, 'shown'));
  await stage('unit tests', () => jest('unit', paths, { signal, env: covered }));
  await stage('provider tests', () => providerTests({ signal }));
}
if (values.unit !== true) {
  await stage('build', () => npmScript('build', { signal }));
  try {
    await stage('servers', startServers);
    if (stack !== undefined) {
      const { env } = stack;
      await stage('tests on the real stack', async () =>
        jest('stack', paths, { signal, env: { ...env, ...covered, BROWSER_PATH: await findBrowser(show) } }),
      );
    }
  } finally {
    await stack?.stop();
  }
}
if (coverageDir !== undefined) {
  await stage('coverage', () => coverage(coverageDir));
  await rm(coverageDir, { recursive: true, force: true });
}

const total = sum(results);
if (total.failed === 0) {
  await rm(stackDir(name), { recursive: true, force: true });
} else if (stack !== undefined) {
  console.log(`The servers' logs are in ${stackDir(name)}/logs.`);
}
console.log(`\n${closingLine(total)}`);
process.exit(total.failed === 0 && !signal.aborted ? 0 : 1);

async function startServers(): Promise<Counts> {
  stack = await startStack({ name, detached: false, usualPorts: false, fresh: true, onProgress: show, signal });
  return onePassed;
}

async function coverage(dir: string): Promise<Counts> {
  const reached = byFolder(await readCoverage(dir));
  console.log(coverageTable(reached));
  const faults = shortfalls(reached, demanded);
  for (const fault of faults) {
    console.log(fault);
  }
  return faults.length === 0 ? onePassed : { ...oneFailed, failed: faults.length };
}

/** Runs one stage and notes its counts. One that cannot run has failed. */
async function stage(title: string, run: () => Promise<Counts>): Promise<void> {
  if (signal.aborted) {
    return;
  }
  console.log(`· ${title}`);
  const since = Date.now();
  let counts = oneFailed;
  try {
    counts = await run();
  } catch (error) {
    console.log(error instanceof Error ? error.message : String(error));
  }
  results.push(counts);
  const seconds = ((Date.now() - since) / 1000).toFixed(1);
  console.log(`${counts.failed === 0 ? '✓' : '✗'} ${title}: ${closingLine(counts)} (${seconds} s)`);
}

function show(line: string): void {
  console.log(`  ${line}`);
}
