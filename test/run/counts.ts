import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** How many tests went which way. */
export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

export const onePassed: Counts = { passed: 1, failed: 0, skipped: 0 };
export const oneFailed: Counts = { passed: 0, failed: 1, skipped: 0 };

export function sum(all: readonly Counts[]): Counts {
  return all.reduce(
    (total, { passed, failed, skipped }) => ({
      passed: total.passed + passed,
      failed: total.failed + failed,
      skipped: total.skipped + skipped,
    }),
    { passed: 0, failed: 0, skipped: 0 },
  );
}

/** The closing line, in the form that machines look for. */
export function closingLine({ passed, failed, skipped }: Counts): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}

/** Counts of the file that jest writes for `--json --outputFile`. A test file that could not be run counts as failed. */
export function fromJest(report: string): Counts {
  const result = JSON.parse(report) as Record<
    'numPassedTests' | 'numFailedTests' | 'numPendingTests' | 'numTodoTests' | 'numRuntimeErrorTestSuites',
    number
  >;
  return {
    passed: result.numPassedTests,
    failed: result.numFailedTests + result.numRuntimeErrorTestSuites,
    skipped: result.numPendingTests + result.numTodoTests,
  };
}

/** Counts of one report of Maven's Surefire, `TEST-….xml`. */
function fromSurefire(report: string): Counts {
  const suite = /<testsuite\b[^>]*>/.exec(report)?.[0] ?? '';
  const count = (name: string): number => {
    const value = new RegExp(`\\s${name}="(\\d+)"`).exec(suite)?.[1];
    if (value === undefined) {
      throw new Error(`a Surefire report without "${name}"`);
    }
    return Number(value);
  };
  const [tests, failed, skipped] = [count('tests'), count('failures') + count('errors'), count('skipped')];
  return { passed: tests - failed - skipped, failed, skipped };
}

export async function fromSurefireReports(dir: string): Promise<Counts> {
  const names = (await readdir(dir)).filter((name) => /^TEST-.*\.xml$/.test(name));
  return sum(await Promise.all(names.map(async (name) => fromSurefire(await readFile(join(dir, name), 'utf8')))));
}
