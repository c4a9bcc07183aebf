import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { projectDir } from '../../stack/paths.ts';
import { type Counts, fromJest, fromSurefireReports, oneFailed, onePassed, sum } from './counts.ts';

/** What a stage may use of the run it belongs to. */
export interface Run {
  /** Aborted when the run is interrupted; ends the stage's process. */
  readonly signal: AbortSignal;
  readonly env?: Readonly<Record<string, string>>;
}

/** A check without tests of its own, which counts as one. Silent unless it fails, or what it says is to be shown. */
export async function npmScript(script: string, run: Run, says: 'shown' | 'kept' = 'kept'): Promise<Counts> {
  const { code, output } = await execute('npm', ['run', '--silent', script], run, 'kept');
  if (code !== 0 || says === 'shown') {
    console.log(output.trimEnd());
  }
  return code === 0 ? onePassed : oneFailed;
}

/** How long a test runner may take to end after its report is written. */
const endingMs = 20_000;

/** One of jest's projects; its lines appear while it runs. */
export async function jest(project: 'unit' | 'stack', paths: readonly string[], run: Run): Promise<Counts> {
  const dir = await mkdtemp(join(tmpdir(), 'vestibule-jest-'));
  const report = join(dir, 'report.json');
  const stuck = new AbortController();
  const ending = endOf(report, stuck);
  try {
    const { code } = await execute(
      process.execPath,
      [
        '--experimental-vm-modules',
        '--disable-warning=ExperimentalWarning',
        join(projectDir, 'node_modules', 'jest', 'bin', 'jest.js'),
        '--selectProjects',
        project,
        '--json',
        '--outputFile',
        report,
        ...(paths.length > 0 ? ['--passWithNoTests', '--testPathPatterns', ...paths] : []),
        ...(project === 'stack' ? ['--maxWorkers=2'] : []),
      ],
      { ...run, signal: AbortSignal.any([run.signal, stuck.signal]) },
      'shown',
    );
    return withExitCode(fromJest(await readFile(report, 'utf8')), code);
  } catch (error) {
    if (!stuck.signal.aborted) {
      throw error;
    }
    console.log(`The test runner did not end within ${endingMs / 1_000} s of its report: a test left something open.`);
    return sum([fromJest(await readFile(report, 'utf8')), oneFailed]);
  } finally {
    clearInterval(ending);
    await rm(dir, { recursive: true });
  }
}

/** Gives up on a runner that has written its report and does not end. */
function endOf(report: string, stuck: AbortController): NodeJS.Timeout {
  let writtenAt = Number.POSITIVE_INFINITY;
  return setInterval(() => {
    if (existsSync(report)) {
      writtenAt = Math.min(writtenAt, Date.now());
    }
    if (Date.now() - writtenAt > endingMs) {
      stuck.abort();
    }
  }, 500);
}

/** The provider's own tests. */
export async function providerTests(run: Run): Promise<Counts> {
  const module = join(projectDir, 'keycloak');
  const reports = join(module, 'target', 'surefire-reports');
  await rm(reports, { recursive: true, force: true }); // those of deleted tests would count
  const { code, output } = await execute('mvn', ['-q', '-B', 'test'], run, 'kept', module);
  if (code !== 0) {
    console.log(output.trimEnd());
  }
  return withExitCode(await fromSurefireReports(reports), code);
}

/** A runner that failed without a failed test, a leaked handle for example, has failed all the same. */
function withExitCode(counts: Counts, code: number): Counts {
  return code !== 0 && counts.failed === 0 ? { ...counts, failed: 1 } : counts;
}

async function execute(
  file: string,
  args: readonly string[],
  { signal, env }: Run,
  output: 'shown' | 'kept',
  cwd = projectDir,
): Promise<{ code: number; output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, {
      cwd,
      signal,
      env: { ...process.env, ...env },
      // Jest writes its progress to the error channel.
      stdio: ['ignore', output === 'kept' ? 'pipe' : 'ignore', output === 'kept' ? 'pipe' : 'inherit'],
    });
    const chunks: Buffer[] = [];
    child.stdout?.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.stderr?.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.on('error', reject);
    child.on('close', (code) => resolve({ code: code ?? 1, output: Buffer.concat(chunks).toString() }));
  });
}
