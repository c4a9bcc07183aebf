import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import { categories, type Tally } from './support/categories.ts';

// `npm run test:input -- --runs 100000`: the tests of bad input, with so many generated cases for each property, and a
// table of cases and failures by kind at the end.

const { values } = parseArgs({ options: { runs: { type: 'string' } } });
const folder = mkdtempSync(join(tmpdir(), 'vestibule-input-'));
const report = join(folder, 'report');
const jest = [
  '--experimental-vm-modules',
  '--disable-warning=ExperimentalWarning',
  'node_modules/jest/bin/jest.js',
  '--selectProjects=unit',
  '--testPathPatterns=test/input/',
  '--testTimeout=3600000',
];
const child = spawn(process.execPath, jest, {
  stdio: 'inherit',
  env: { ...process.env, INPUT_REPORT: report, ...(values.runs === undefined ? {} : { INPUT_RUNS: values.runs }) },
});
child.on('exit', (code) => {
  const tallies = readFileSync(report, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Tally);
  rmSync(folder, { recursive: true });
  const sum = (of: readonly Tally[], what: 'cases' | 'failures') => of.reduce((all, tally) => all + tally[what], 0);
  const line = (name: string, of: readonly Tally[]) =>
    console.log(`${name.padEnd(50)}${String(sum(of, 'cases')).padStart(9)}${String(sum(of, 'failures')).padStart(9)}`);
  console.log(`\n${'bad input'.padEnd(50)}${'cases'.padStart(9)}${'failed'.padStart(9)}`);
  for (const [letter, name] of Object.entries(categories)) {
    line(
      `${letter} ${name}`,
      tallies.filter(({ category }) => category === letter),
    );
  }
  line('all', tallies);
  process.exitCode = code ?? 1;
});
