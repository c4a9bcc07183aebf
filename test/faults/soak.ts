import { parseArgs } from 'node:util';

import { soakFor } from './cases/soak.ts';
import { openStack } from './support/fault-stack.ts';
import { lineOf, soakTable } from './support/report.ts';
import { runCase } from './support/run-case.ts';

const usage = `npm run test:soak -- [--minutes N] [--seed N] [--stack NAME]

  People register all the time while one random fault follows the other. Then everything is healed, and Keycloak's own
  record says what became of everybody. The seed decides which faults come, when and for how long.
  --stack  a running stack to use in place of an own one: its servers are crashed`;

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '30' },
    seed: { type: 'string' },
    stack: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});
const minutes = Number(values.minutes);
if (values.help || !(minutes > 0)) {
  console.log(usage);
  process.exit(values.help ? 0 : 2);
}
const seed = Number(values.seed ?? Date.now() % 1_000_000);
const interrupted = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(signal, () => interrupted.abort(new Error('interrupted')));
}
const stack = await openStack({ name: values.stack, signal: interrupted.signal });
console.log(`seed ${seed}, ${minutes} minutes`);
const result = await runCase(soakFor(minutes), seed, stack.servers);
await stack.stop();
console.log(`${lineOf(result)}\n\n${soakTable(result, minutes)}`);
process.exit(result.verdict === 'holds' ? 0 : 1);
