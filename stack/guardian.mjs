// Runs one server and outlives nobody: when the pipe on its standard input closes, because whoever started it ended in
// whatever way, it stops the server's whole process group. Usage: node guardian.mjs LOGFILE COMMAND ARG…
import { spawn } from 'node:child_process';
import { openSync } from 'node:fs';

const [logFile, command, ...args] = process.argv.slice(2);
const log = openSync(logFile, 'a');
const server = spawn(command, args, { stdio: ['ignore', log, log], detached: true });

server.on('error', () => process.exit(127));
server.on('exit', (code) => process.exit(code ?? 1));
process.on('SIGTERM', stop);
process.on('SIGINT', () => {}); // a Ctrl-C in the terminal is for the parent to handle
process.stdin.on('end', stop).on('error', stop).resume();

function stop() {
  signal('SIGTERM');
  setTimeout(() => signal('SIGKILL'), 8_000);
}

function signal(name) {
  try {
    process.kill(-server.pid, name);
  } catch {
    process.exit(0); // the group is gone already
  }
}
