import { appendFileSync } from 'node:fs';

import { expect } from '@jest/globals';
import fc from 'fast-check';

import type { Category, Tally } from './categories.ts';

const shown = 10;

/** The one place where the tests of bad input read the environment. */
const { INPUT_REPORT, INPUT_RUNS } = process.env; // oxlint-disable-line no-process-env

/**
 * Tries every case, and fails after the last one with the first few that failed. One `it` for a table of hundreds keeps the
 * output readable; a corpus is of use only when all of it is tried.
 */
export async function tryAll<T>(
  category: Category,
  cases: Iterable<readonly [name: string, given: T]>,
  hold: (given: T, name: string) => void | Promise<void>,
): Promise<void> {
  const failures: string[] = [];
  let tried = 0;
  for (const [name, given] of cases) {
    tried++;
    try {
      await hold(given, name);
    } catch (error) {
      failures.push(`${name}: ${error instanceof Error ? error.message : String(error)}`.slice(0, 500));
    }
  }
  record({ category, cases: tried, failures: failures.length });
  expect(tried).toBeGreaterThan(0);
  expect({ failed: failures.length, of: tried, first: failures.slice(0, shown) }).toEqual({
    failed: 0,
    of: tried,
    first: [],
  });
}

/** The same for generated cases. `npm run test:input -- --runs 100000` tries more of them. */
export async function tryGenerated<T>(
  category: Category,
  arbitrary: fc.Arbitrary<T>,
  hold: (given: T) => void | Promise<void>,
  runs = 200,
): Promise<void> {
  const result = await fc.check(
    fc.asyncProperty(arbitrary, async (given) => hold(given)),
    { numRuns: INPUT_RUNS === undefined ? runs : Number(INPUT_RUNS) },
  );
  record({ category, cases: result.numRuns, failures: Number(result.failed) });
  if (result.failed) {
    throw new Error(fc.defaultReportMessage(result) ?? 'a generated case failed');
  }
}

function record(tally: Tally): void {
  if (INPUT_REPORT !== undefined) {
    appendFileSync(INPUT_REPORT, `${JSON.stringify(tally)}\n`);
  }
}
