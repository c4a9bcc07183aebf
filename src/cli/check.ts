import { join } from 'node:path';

import { chatWebhooksIn } from '../platform/chat-webhooks.ts';
import { isServiceError } from '../platform/errors.ts';
import { templateProblems } from '../messages/templates/check.ts';
import { readSettings } from '../platform/settings.ts';
import { checkLive, type LiveCheck } from '../operate/realm-check/realm-check.ts';
import { type CheckResult, checkRules } from '../rules/try/check.ts';
import { plain } from '../platform/paint.ts';
import type { RuleBook } from '../rules/model.ts';
import { unknownChannels } from '../rules/load/unknown-channels.ts';
import { lostPartOf, lostProblem } from '../rules/load/removed.ts';
import { paintProblem, type Problem, visibleProblem } from '../rules/load/problem.ts';
import { command, type Io } from './command.ts';
import { UsageError } from './parse.ts';
import { withRealmProbe } from './keycloak.ts';
import { rulesAt } from './rules-of.ts';

const formats = ['text', 'json', 'github'] as const;

export const check = command({
  name: 'check',
  summary: 'check the rule files, with the loader that the service uses, and run their tests',
  argument: { value: 'DIR', about: 'the folder of the rule files; default: RULES_DIR, else "rules"' },
  options: {
    rules: { value: 'DIR', about: 'the same as the argument' },
    live: {
      about:
        'also ask Keycloak whether the realms, clients, groups, roles, required actions and attributes that the rules ' +
        'name are there, and whether something beside the rules lets in people whom they keep out',
    },
    'against-git': {
      value: 'REVISION',
      about: 'also warn of clients that a revision of git has rules for, and these files do not name any more',
    },
    realm: { value: 'REALM', many: true, about: 'with --live: a realm to look in, for files that name none exactly' },
    format: {
      among: formats,
      initial: 'text',
      about: 'text for people, json for machines, github for annotations in a CI system',
    },
  },
  notes: [
    '--live looks as the administrator KEYCLOAK_ADMIN_USER with KEYCLOAK_ADMIN_PASSWORD (or ..._FILE) at KEYCLOAK_URL, ' +
      'else as the service account, with the settings of "run" that are about Keycloak. The service account may see ' +
      'groups and the roles it can give. What it may not see is a warning that names the role it lacks. ' +
      'Nothing is changed.',
    'Exit code: 0 good, also with warnings, 1 errors, 2 could not run.',
  ],
  async run({ values: { rules, live: asksKeycloak, realm: realms, format, 'against-git': revision }, argument }, io) {
    if (realms.length > 0 && !asksKeycloak) {
      throw new UsageError('--realm goes with --live');
    }
    if (rules !== undefined && argument !== undefined) {
      throw new UsageError(`One folder at a time: "${argument}" came after "${rules}"`);
    }
    const dir = rules ?? argument ?? io.env['RULES_DIR'] ?? 'rules';
    const checked = await checkRules(dir);
    const { book } = checked;
    const live = asksKeycloak && book !== null ? await lookAround(book, realms, io) : null;
    const channels = asksKeycloak && book !== null ? missingChannels(book, io) : [];
    const lost = revision === undefined || book === null ? [] : lostSince(rulesAt(dir, revision), book);
    const templates = book === null ? [] : templateProblems(book);
    const problems = [...checked.problems, ...templates, ...lost, ...channels, ...(live?.problems ?? [])];
    print({ ...checked, problems, dir, format, realms: live?.realms ?? [] }, io);
    if (live?.failure !== undefined) {
      io.stderr(`vestibule check: Keycloak could not be asked: ${live.failure}\n`);
      return 2;
    }
    return errorsIn(problems) === 0 ? 0 : problems.some(({ file }) => file === '.') ? 2 : 1;
  },
});

function lostSince(before: RuleBook, now: RuleBook): readonly Problem[] {
  const what = 'the service keeps its last rules in force, and says so, until somebody confirms';
  return before.files.flatMap((file) => lostPartOf(file, now)).map((file) => lostProblem(file, 'warning', what));
}

/** Only a warning: the settings of this machine need not be those of the service. */
function missingChannels(book: RuleBook, io: Io): readonly Problem[] {
  const { CHAT_WEBHOOKS } = readSettings(io.env, ['CHAT_WEBHOOKS']);
  return unknownChannels(book, chatWebhooksIn(CHAT_WEBHOOKS?.reveal() ?? '').urls, 'warning');
}

/** Keeps what was found in the files when Keycloak does not answer. */
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
  const located = problems.map((problem) => visibleProblem({ ...problem, file: join(dir, problem.file) }));
  const errors = errorsIn(problems);
  const paint = io.paint?.stdout ?? plain;
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
      const templates = book?.templates?.length ?? 0;
      const seen = [
        count(book?.files.length ?? 0, 'file'),
        count(rules, 'rule'),
        count(passed, 'test'),
        ...(templates === 0 ? [] : [count(templates, 'template')]),
      ];
      const asked = realms.length === 0 ? [] : [`${count(realms.length, 'realm')} of Keycloak`];
      const warnings = problems.length - errors;
      const more = warnings === 0 ? '' : `, with ${count(warnings, 'warning')}`;
      const good = `${[...seen, ...asked].join(', ')}: good${more} (version ${book?.version})`;
      const bad = `${count(errors, 'error')}, ${count(warnings, 'warning')}`;
      const end = errors > 0 ? paint('red', bad) : paint(warnings > 0 ? 'yellow' : 'green', good);
      io.stdout([...located.map((problem) => paintProblem(problem, paint)), end, ''].join('\n'));
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
function annotation({ file, line, col, severity, message, remedy, details = [] }: Problem): string {
  const text = [remedy === undefined ? message : `${message}, ${remedy}`, ...details].join('\n');
  return `::${severity} file=${escaped(file).replaceAll(',', '%2C').replaceAll(':', '%3A')},line=${line},col=${col}::${escaped(text)}`;
}

function escaped(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}
