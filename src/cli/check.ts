import { join } from 'node:path';
import { parseArgs } from 'node:util';

import { isServiceError } from '../platform/errors.ts';
import { checkLive, type LiveCheck } from '../operate/realm-check/realm-check.ts';
import { type CheckResult, checkRules } from '../rules/try/check.ts';
import type { RuleBook } from '../rules/model.ts';
import { formatProblem, type Problem } from '../rules/load/problem.ts';
import type { Command, Io } from './command.ts';
import { withRealmProbe } from './realm-probe.ts';

const formats = ['text', 'json', 'github'] as const;

export const check: Command = {
  name: 'check',
  summary: 'check the rule files, with the loader that the service uses, and run their tests',
  usage: `vestibule check [DIR] [--live [--realm REALM]...] [--format text|json|github]

  DIR            the folder of the rule files, also as --rules DIR (RULES_DIR, else "rules")
  --live         also ask Keycloak whether the realms, clients, groups, roles, required actions and attributes that the
                 rules name are there, and whether something beside the rules lets in whom they keep out
  --realm REALM  a realm to look in, for files that name none exactly; may be given several times
  --format       text for people, json for machines, github for annotations in a CI system

--live looks as the administrator KEYCLOAK_ADMIN_USER with KEYCLOAK_ADMIN_PASSWORD (or ..._FILE) at KEYCLOAK_URL, else as
the service account, with the settings of "run" that are about Keycloak. That one may see groups and the roles it can
give; what it may not see is a warning that names the role it lacks. Nothing is changed.

Exit code: 0 good, also with warnings, 1 errors, 2 could not run.`,
  async run(argv, io) {
    const { values, positionals } = parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: {
        rules: { type: 'string' },
        live: { type: 'boolean', default: false },
        realm: { type: 'string', multiple: true, default: [] },
        format: { type: 'string', default: 'text' },
      },
    });
    const format = formats.find((known) => known === values.format);
    if (format === undefined) {
      io.stderr(`vestibule check: --format must be ${formats.join(', ')}\n`);
      return 2;
    }
    if (values.realm.length > 0 && !values.live) {
      io.stderr('vestibule check: --realm goes with --live\n');
      return 2;
    }
    const [folder, ...more] = [...(values.rules === undefined ? [] : [values.rules]), ...positionals];
    if (more.length > 0) {
      io.stderr(`vestibule check: one folder at a time; ${more.join(' and ')} came after ${folder}\n`);
      return 2;
    }
    const dir = folder ?? io.env['RULES_DIR'] ?? 'rules';
    const checked = await checkRules(dir);
    const { book } = checked;
    const live = values.live && book !== null ? await lookAround(book, values.realm, io) : null;
    const problems = [...checked.problems, ...(live?.problems ?? [])];
    print({ ...checked, problems, dir, format, realms: live?.realms ?? [] }, io);
    if (live?.failure !== undefined) {
      io.stderr(`vestibule check: Keycloak could not be asked: ${live.failure}\n`);
      return 2;
    }
    return errorsIn(problems) === 0 ? 0 : problems.some(({ file }) => file === '.') ? 2 : 1;
  },
};

/** What was found in the files is told also when Keycloak does not answer. */
async function lookAround(
  book: RuleBook,
  realms: readonly string[],
  io: Io,
): Promise<LiveCheck & { readonly failure?: string }> {
  try {
    return await withRealmProbe(io, (probe) => checkLive(book, probe, realms));
  } catch (error) {
    if (!isServiceError(error)) {
      throw error;
    }
    return { realms: [], problems: [], failure: error.message };
  }
}

interface Findings extends CheckResult {
  readonly dir: string;
  readonly format: (typeof formats)[number];
  /** Those that were looked at in Keycloak. */
  readonly realms: readonly string[];
}

function print({ book, passed, problems, dir, format, realms }: Findings, io: Io): void {
  // Named as the terminal and the CI system can open them.
  const located = problems.map((problem) => ({ ...problem, file: join(dir, problem.file) }));
  const errors = errorsIn(problems);
  switch (format) {
    case 'json': {
      const live = realms.length === 0 ? {} : { realms };
      const result = { ok: errors === 0, version: book?.version ?? null, passed, ...live, problems: located };
      io.stdout(`${JSON.stringify(result, null, 2)}\n`);
      break;
    }
    case 'github':
      io.stdout(located.map((problem) => `${annotation(problem)}\n`).join(''));
      break;
    case 'text': {
      const rules = book?.files.reduce((sum, file) => sum + file.rules.length, 0) ?? 0;
      const seen = [count(book?.files.length ?? 0, 'file'), count(rules, 'rule'), count(passed, 'test')];
      const asked = realms.length === 0 ? [] : [`${count(realms.length, 'realm')} of Keycloak`];
      const good = `${[...seen, ...asked].join(', ')}: good (version ${book?.version})`;
      const bad = `${count(errors, 'error')}, ${count(problems.length - errors, 'warning')}`;
      io.stdout([...located.map(formatProblem), errors === 0 ? good : bad, ''].join('\n'));
    }
  }
}

function errorsIn(problems: readonly Problem[]): number {
  return problems.filter(({ severity }) => severity === 'error').length;
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`;
}

/** A workflow command: CI systems show it beside the line. */
function annotation({ file, line, col, severity, message, remedy }: Problem): string {
  const text = remedy === undefined ? message : `${message}, ${remedy}`;
  return `::${severity} file=${escaped(file).replaceAll(',', '%2C').replaceAll(':', '%3A')},line=${line},col=${col}::${escaped(text)}`;
}

function escaped(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}
