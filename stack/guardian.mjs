// Runs one server and outlives nobody: when the pipe on its standard input closes, because the process that started it ended in
// whatever way, it stops the server's whole process group. Plain JavaScript, so that it is there at once and small.
// Usage: node guardian.mjs LOGFILE COMMAND ARG…
import { spawn } from 'node:child_process';
import { appendFileSync, openSync } from 'node:fs';

import { stopGroup } from './stop-group.mjs';

const [logFile, command, ...args] = process.argv.slice(2);
const log = openSync(logFile, 'a');
const server = spawn(command, args, { stdio: ['ignore', log, log], detached: true });
let exitCode = 0;

server.on('error', (error) => {
  appendFileSync(logFile, `${error.message}\n`);
  process.exit(127);
});
server.on('exit', (code) => {
  exitCode = code ?? 1;
  void stop(); // what its leader may have left behind
});
process.on('SIGTERM', stop);
process.on('SIGINT', () => {}); // a Ctrl-C in the terminal is for the parent to handle
process.on('SIGHUP', () => {});
process.stdin.on('end', stop).on('error', stop).resume();

async function stop() {
  await stopGroup(server.pid, 8_000);
  process.exit(exitCode);
}
