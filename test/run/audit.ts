import { spawnSync } from 'node:child_process';

import { onHighAdvisories } from './advisories.ts';

// `npm run audit`: asks the registry for known faults of the packages that the service runs with. Exit code 1 when one is
// high or critical. A registry that does not answer is no fault of the packages: the script says so, and ends with 0.

const { stdout } = spawnSync('npm', ['audit', '--omit=dev', '--json'], { encoding: 'utf8', timeout: 120_000 });
const { said, failed } = onHighAdvisories(stdout);
console.log(said);
process.exitCode = failed ? 1 : 0;
