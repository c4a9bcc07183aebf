// Runs a TypeScript entry of this repository on a machine that has only Node, Java and Maven: checks them, installs the
// npm packages when they are missing or older than the lock file, then hands over. Plain JavaScript without
// dependencies, because nothing is installed yet when it starts.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const [entry, ...args] = process.argv.slice(2);

const problems = [...nodeProblem(), ...javaProblem(), ...mavenProblem()];
if (problems.length > 0) {
  console.error(`This machine lacks what is needed:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`);
  process.exit(2);
}
installPackages();
run();

function nodeProblem() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  const enough = major > 20 || (major === 20 && minor >= 19);
  return enough
    ? []
    : [`Node.js 20.19 or newer; this is ${process.version}. Install it from your system's packages or nodejs.org.`];
}

function javaProblem() {
  const { stderr, stdout, error } = spawnSync('java', ['-version'], { encoding: 'utf8' });
  const remedy = 'Install a JDK 17 or newer (Debian: apt-get install openjdk-17-jdk-headless) and put it on the PATH.';
  if (error) {
    return [`Java: the command "java" is not found. ${remedy}`];
  }
  const version = /version "(\d+)/.exec(`${stderr}${stdout}`)?.[1];
  return Number(version) >= 17
    ? []
    : [`Java 17 or newer; "java -version" says ${version ?? 'nothing readable'}. ${remedy}`];
}

function mavenProblem() {
  const { error } = spawnSync('mvn', ['-v'], { encoding: 'utf8' });
  return error ? ['Maven: the command "mvn" is not found. Install it (Debian: apt-get install maven).'] : [];
}

function installPackages() {
  const stamp = join(root, 'node_modules', '.lock-hash');
  const hash = createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === hash) {
    return;
  }
  console.error('· npm packages: installing …');
  const startedAt = Date.now();
  const { status } = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    stdio: ['ignore', 2, 2],
  });
  if (status !== 0) {
    console.error('npm ci failed; what it printed above says why. Is the npm registry reachable?');
    process.exit(2);
  }
  writeFileSync(stamp, hash);
  console.error(`· npm packages: ready after ${Math.round((Date.now() - startedAt) / 1000)} s`);
}

function run() {
  const child = spawn(process.execPath, ['--import', 'tsx', join(root, entry), ...args], {
    cwd: root,
    stdio: 'inherit',
  });
  // A Ctrl-C reaches the child by itself, through the terminal's process group; a TERM to this process alone does not.
  process.on('SIGINT', () => {});
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  child.on('exit', (code, signal) => process.exit(code ?? (signal === 'SIGINT' ? 130 : 143)));
}
