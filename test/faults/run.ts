import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';

import { type FaultStack, openStack } from './support/fault-stack.ts';
import { lineOf, tableOf } from './support/report.ts';
import type { CaseResult } from './support/run-case.ts';

const usage = `npm run test:faults -- [--only NAME,…] [--not NAME,…] [--seed N] [--json FILE] [--stack NAME] [--points N|all] [--list]

  Breaks the real systems on purpose, and lets Keycloak's own record judge what became of the people.
  --only   only these cases; a name may end with *
  --not    all but these
  --seed   for what is random; printed, so that a run can be repeated
  --json   where the table goes as JSON (faults.json)
  --stack  a running stack to use in place of an own one: its servers are crashed
  --points how many kills kill-sweep tries, chosen by the seed (40); all: every one, which takes half an hour
  --list   only name the cases`;

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    not: { type: 'string' },
    seed: { type: 'string' },
    json: { type: 'string', default: 'faults.json' },
    stack: { type: 'string' },
    points: { type: 'string', default: '40' },
    list: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) {
  console.log(usage);
  process.exit(0);
}

const points = values.points === 'all' ? Infinity : Number(values.points);
if (!(points > 0)) {
  console.error(usage);
  process.exit(2);
}
const { casesWith } = await import('./cases/index.ts');
const matches = (patterns: string, name: string): boolean =>
  patterns.split(',').some((one) => (one.endsWith('*') ? name.startsWith(one.slice(0, -1)) : name === one));
const chosen = casesWith({ points }).filter(
  ({ name }) =>
    (values.only === undefined || matches(values.only, name)) &&
    (values.not === undefined || !matches(values.not, name)),
);
if (values.list) {
  console.log(chosen.map(({ name, breaks }) => `${name.padEnd(32)} ${breaks}`).join('\n'));
  process.exit(0);
}
if (chosen.length === 0) {
  console.error(`No such case.\n\n${usage}`);
  process.exit(2);
}

const seed = Number(values.seed ?? Date.now() % 1_000_000);
const interrupted = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(signal, () => interrupted.abort(new Error('interrupted')));
}
const results: CaseResult[] = [];
let stack: FaultStack | undefined;
let code = 1;
try {
  stack = await openStack({ name: values.stack, signal: interrupted.signal });
  const { runCase } = await import('./support/run-case.ts'); // reads the stack's settings when it is loaded
  console.log(`seed ${seed}, ${chosen.length} cases`);
  for (const [index, fault] of chosen.entries()) {
    interrupted.signal.throwIfAborted();
    const result = await runCase(fault, seed + index, stack.servers);
    results.push(result);
    console.log(lineOf(result));
    await save(); // what was found so far survives whatever comes
  }
  code = results.every(({ verdict }) => verdict !== 'broken') ? 0 : 1;
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
} finally {
  console.log(`\n${tableOf(results)}`);
  await save();
  await stack?.stop();
}
process.exit(code);

function save(): Promise<void> {
  return writeFile(values.json, `${JSON.stringify({ seed, results }, null, 2)}\n`);
}
