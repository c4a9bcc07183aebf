import { text } from 'node:stream/consumers';

import type { Command, Io } from './command.ts';
import { isServiceError } from '../platform/errors.ts';
import { packageFacts } from '../platform/package-facts.ts';
import { didYouMean } from '../platform/did-you-mean.ts';

/** Loaded when asked for: `check` in an editor must not wait for Kafka's client. */
const commands: Readonly<Record<string, () => Promise<Command>>> = {
  run: async () => (await import('./run.ts')).run,
  check: async () => (await import('./check.ts')).check,
  explain: async () => (await import('./explain.ts')).explain,
  simulate: async () => (await import('./simulate.ts')).simulateRules,
  schema: async () => (await import('./schema.ts')).schema,
  doctor: async () => (await import('./doctor.ts')).doctor,
  setup: async () => (await import('./setup.ts')).setup,
  settings: async () => (await import('./settings.ts')).listSettings,
};

export async function main(argv: readonly string[], io: Io): Promise<number> {
  const [name, ...rest] = argv;
  if (name === undefined || name === 'help' || name === '--help' || name === '-h') {
    io.stdout(await overview());
    return name === undefined ? 2 : 0;
  }
  if (name === 'version' || name === '--version' || name === '-v') {
    io.stdout(`vestibule ${packageFacts().version}\n`);
    return 0;
  }
  const load = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (load === undefined) {
    io.stderr(`vestibule: no such command: ${name} ${didYouMean(name, Object.keys(commands))}\n${await overview()}`);
    return 2;
  }
  const command = await load();
  if (rest.includes('--help') || rest.includes('-h')) {
    io.stdout(`${command.usage}\n`);
    return 0;
  }
  try {
    return await command.run(rest, io);
  } catch (error) {
    const usage = isUsageError(error);
    if (!usage && !isServiceError(error)) {
      throw error;
    }
    io.stderr(`vestibule ${name}: ${error.message}\n${usage ? `${command.usage}\n` : ''}`);
    return 2;
  }
}

/** By its code: `parseArgs` throws a plain TypeError. */
function isUsageError(error: unknown): error is Error {
  return String((error as NodeJS.ErrnoException | null)?.code).startsWith('ERR_PARSE_ARGS');
}

async function overview(): Promise<string> {
  const loaded = await Promise.all(Object.values(commands).map((load) => load()));
  const lines = loaded.map(({ name, summary }) => `  ${name.padEnd(10)}${summary}`);
  const version = `  ${'version'.padEnd(10)}print the version, as --version does`;
  return `vestibule COMMAND [OPTIONS]; "vestibule COMMAND --help" tells more\n\n${[...lines, version].join('\n')}\n`;
}

export const processIo: Io = {
  stdout: (output) => void process.stdout.write(output),
  stderr: (output) => void process.stderr.write(output),
  stdin: () => text(process.stdin),
  // The one place where the environment enters; `readConfig` makes settings of it.
  // oxlint-disable-next-line no-process-env
  env: process.env,
};
