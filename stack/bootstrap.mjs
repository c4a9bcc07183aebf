// Runs a TypeScript entry of this repository on a machine that has only Node, Java and Maven: checks them, installs the
// npm packages when they are not those of the lock file, then becomes the entry (one process: a signal, a crash and the
// exit code are the entry's own). Plain JavaScript without dependencies, because nothing is installed when it starts.
// Usage: node stack/bootstrap.mjs ENTRY.ts ARG…
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
process.chdir(root);

const problems = [nodeProblem(), javaProblem(), mavenProblem()].filter((problem) => problem !== undefined);
if (problems.length > 0) {
  console.error(`This machine lacks what is needed:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`);
  process.exit(2);
}
if (!packagesAreThoseOfTheLockFile()) {
  installPackages();
}

const [entry, ...args] = process.argv.slice(2);
const { register } = await import('tsx/esm/api');
register();
process.argv = [process.execPath, join(root, entry), ...args];
await import(pathToFileURL(join(root, entry)).href);

function nodeProblem() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  return major > 20 || (major === 20 && minor >= 19)
    ? undefined
    : `Node.js 20.19 or newer; this is ${process.version}. Install it from your system's packages or nodejs.org.`;
}

function javaProblem() {
  const remedy = 'Install a JDK 17 or newer (Debian: apt-get install openjdk-17-jdk-headless) and put it on the PATH.';
  for (const tool of ['java', 'javac', 'jar']) {
    const { stdout, stderr, error } = spawnSync(tool, ['-version'], { encoding: 'utf8' });
    const version = /(?:version "|javac )(\d+)/.exec(`${stderr}${stdout}`)?.[1];
    if (error) {
      return `A JDK: the command "${tool}" is not found. ${remedy}`;
    }
    if (version !== undefined && Number(version) < 17) {
      return `A JDK 17 or newer; "${tool} -version" says ${version}. ${remedy}`;
    }
  }
  return undefined;
}

function mavenProblem() {
  const { error } = spawnSync('mvn', ['-v'], { encoding: 'utf8' });
  return error ? 'Maven: the command "mvn" is not found. Install it (Debian: apt-get install maven).' : undefined;
}

/** npm notes what it installed, at its end: that record is compared, so that neither dates nor half-done installs matter. */
function packagesAreThoseOfTheLockFile() {
  try {
    const wanted = JSON.parse(readFileSync('package-lock.json', 'utf8')).packages;
    const installed = JSON.parse(readFileSync('node_modules/.package-lock.json', 'utf8')).packages;
    return Object.entries(wanted).every(([path, { version, optional }]) => {
      const found = installed[path];
      return path === '' || (found === undefined ? optional === true : found.version === version);
    });
  } catch {
    return false;
  }
}

function installPackages() {
  console.error('· npm packages: installing');
  const startedAt = Date.now();
  // No package here needs its install script; each ships its binaries in packages of their own.
  const args = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  const { status } = spawnSync('npm', args, { stdio: ['ignore', 2, 2] });
  if (status !== 0) {
    console.error('npm ci failed; what it printed above says why. Is the npm registry reachable?');
    process.exit(2);
  }
  console.error(`· npm packages: ready after ${((Date.now() - startedAt) / 1000).toFixed(1)} s`);
}
