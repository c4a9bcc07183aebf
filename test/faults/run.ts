import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';

import { forEach } from '../../src/platform/each.ts';
import type { FaultCase } from './support/fault-case.ts';
import { type FaultStack, openStack } from './support/fault-stack.ts';
import { lineOf, tableOf } from './support/report.ts';
import type { CaseResult } from './support/run-case.ts';

const usage = `npm run test:faults -- [--only NAME,…] [--not NAME,…] [--at-once N] [--seed N] [--points N|all] [--json FILE]
    [--stack NAME] [--list]

  Breaks the real systems on purpose, and lets Keycloak's own record judge what became of the people.
  --only     only these cases; a name may end with *
  --not      all but these
  --at-once  so many cases at the same time (1), except those that break servers which all of them use, or bring their
             own Keycloak
  --seed     for what is random; printed, so that a run can be repeated
  --points   how many kills kill-sweep tries, chosen by the seed (40); all: every one, which takes an hour
  --json     where the table goes as JSON (faults.json)
  --stack    a running stack to use in place of an own one: its servers are crashed
  --list     only name the cases`;

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    not: { type: 'string' },
    'at-once': { type: 'string', default: '1' },
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

const atOnce = Number(values['at-once']);
if (!Number.isInteger(atOnce) || atOnce < 1) {
  console.error(`--at-once wants a whole number from 1 on.\n\n${usage}`);
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
  const { servers } = stack;
  const run = async (fault: FaultCase): Promise<void> => {
    interrupted.signal.throwIfAborted();
    const result = await runCase(fault, seed + chosen.indexOf(fault), servers);
    results.push(result);
    console.log(lineOf(result));
    await save(); // what was found so far survives whatever comes
  };
  // A case with a Keycloak of its own puts that one's address into the settings that all cases read.
  const alone = ({ ownStack, ownKeycloak }: FaultCase): boolean => ownStack === true || ownKeycloak === true;
  await forEach(
    chosen.filter((fault) => !alone(fault)),
    atOnce,
    run,
  );
  await forEach(chosen.filter(alone), 1, run);
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
