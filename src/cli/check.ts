import { join } from 'node:path';
import { parseArgs } from 'node:util';

import { checkRules } from '../rules/check.ts';
import { formatProblem, type Problem } from '../rules/problem.ts';
import type { Command } from './command.ts';

const formats = ['text', 'json', 'github'] as const;

export const check: Command = {
  name: 'check',
  summary: 'check the rule files, with the loader that the service uses, and run their tests',
  usage: `vestibule check [--rules DIR] [--format text|json|github]

  --rules DIR   the folder of the rule files (RULES_DIR, else "rules")
  --format      text for people, json for machines, github for annotations in a CI system

Exit code: 0 good, 1 problems, 2 could not run.`,
  async run(argv, io) {
    const { values } = parseArgs({
      args: [...argv],
      options: { rules: { type: 'string' }, format: { type: 'string', default: 'text' } },
    });
    const format = formats.find((known) => known === values.format);
    if (format === undefined) {
      io.stderr(`vestibule check: --format must be ${formats.join(', ')}\n`);
      return 2;
    }
    const dir = values.rules ?? io.env['RULES_DIR'] ?? 'rules';
    const { book, passed, problems } = await checkRules(dir);
    // Named as the terminal and the CI system can open them.
    const located = problems.map((problem) => ({ ...problem, file: join(dir, problem.file) }));
    const errors = problems.filter(({ severity }) => severity === 'error').length;
    switch (format) {
      case 'json':
        io.stdout(
          `${JSON.stringify({ ok: errors === 0, version: book?.version ?? null, passed, problems: located }, null, 2)}\n`,
        );
        break;
      case 'github':
        io.stdout(located.map((problem) => `${annotation(problem)}\n`).join(''));
        break;
      case 'text': {
        const rules = book?.files.reduce((sum, file) => sum + file.rules.length, 0) ?? 0;
        const good = `${count(book?.files.length ?? 0, 'file')}, ${count(rules, 'rule')}, ${count(passed, 'test')}: good (version ${book?.version})`;
        const bad = `${count(errors, 'error')}, ${count(problems.length - errors, 'warning')}`;
        io.stdout([...located.map(formatProblem), errors === 0 ? good : bad, ''].join('\n'));
      }
    }
    return errors === 0 ? 0 : problems.some(({ file }) => file === '.') ? 2 : 1;
  },
};

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
