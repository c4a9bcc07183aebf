import { createInterface } from 'node:readline/promises';
import { text } from 'node:stream/consumers';

import { isServiceError } from '../platform/errors.ts';
import { packageFacts } from '../platform/package-facts.ts';
import { type Paint, paintFor, plain } from '../platform/paint.ts';
import { visibleLines } from '../platform/visible.ts';
import type { Command, Io } from './command.ts';
import { type Row, table } from './help.ts';
import { suggestion } from './parse.ts';

/** Loaded when asked for: `check` in an editor must not wait for Kafka's client. */
const commands: Readonly<Record<string, () => Promise<Command>>> = {
  run: async () => (await import('./run.ts')).run,
  check: async () => (await import('./check.ts')).check,
  explain: async () => (await import('./explain.ts')).explain,
  simulate: async () => (await import('./simulate.ts')).simulateRules,
  policy: async () => (await import('./policy.ts')).policy,
  mail: async () => (await import('./mail.ts')).mail,
  schema: async () => (await import('./schema.ts')).schema,
  doctor: async () => (await import('./doctor.ts')).doctor,
  setup: async () => (await import('./setup.ts')).setup,
  settings: async () => (await import('./settings.ts')).listSettings,
  jobs: async () => (await import('./jobs.ts')).jobs,
  approvals: async () => (await import('./approvals.ts')).approvals,
  'dead-letters': async () => (await import('./dead-letters.ts')).deadLetters,
  history: async () => (await import('./history.ts')).history,
};

const versionWords: readonly (string | undefined)[] = ['version', '--version', '-v'];
const helpWords: readonly (string | undefined)[] = ['help', '--help', '-h'];

export async function main(argv: readonly string[], io: Io): Promise<number> {
  const [name, ...rest] = argv;
  const paint = io.paint?.stdout ?? plain;
  if (versionWords.includes(name)) {
    io.stdout(`vestibule ${packageFacts().version}\n`);
    return 0;
  }
  const helps = helpWords.includes(name);
  const asked = helps ? rest[0] : name;
  if (asked === undefined || helpWords.includes(asked)) {
    io.stdout(await overview(paint));
    return helps ? 0 : 2;
  }
  const load = Object.hasOwn(commands, asked) ? commands[asked] : undefined;
  if (load === undefined) {
    const known = [...Object.keys(commands), 'version', 'help'];
    io.stderr(`Unknown command "${asked}"${suggestion(asked, known)}\n"vestibule help" lists the commands.\n`);
    return 2;
  }
  const command = await load();
  if (helps || rest.includes('--help') || rest.includes('-h')) {
    io.stdout(command.help(paint, helps ? rest.slice(1) : rest));
    return 0;
  }
  try {
    return await command.run(rest, io);
  } catch (error) {
    if (!isServiceError(error)) {
      throw error;
    }
    io.stderr(`${(io.paint?.stderr ?? plain)('red', `vestibule ${asked}:`)} ${visibleLines(error.message)}\n`);
    return 2;
  }
}

async function overview(paint: Paint): Promise<string> {
  const loaded = await Promise.all(Object.values(commands).map((load) => load()));
  const rows = loaded.map(({ name, summary }): Row => [name, summary]);
  const all: readonly Row[] = [
    ...rows,
    ['help [COMMAND]', 'show how a command is used, as "vestibule COMMAND --help" does'],
    ['version', 'print the version, as --version does'],
  ];
  return `${paint('bold', 'Usage:')} vestibule COMMAND [OPTIONS]\n\n${paint('bold', 'Commands:')}\n${table(all, 18, paint)}`;
}

export const processIo: Io = {
  stdout: (output) => void process.stdout.write(output),
  stderr: (output) => void process.stderr.write(output),
  stdin: () => text(process.stdin),
  // The one place where the environment enters; `readConfig` makes settings of it.
  // oxlint-disable-next-line no-process-env
  env: process.env,
  paint: { stdout: paintFor(process.stdout), stderr: paintFor(process.stderr) },
  ...(process.stdin.isTTY ? { agreed } : {}),
};

async function agreed(question: string): Promise<boolean> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await terminal.question(`${question} [y/N] `);
  terminal.close();
  return /^y(es)?$/i.test(answer.trim());
}
