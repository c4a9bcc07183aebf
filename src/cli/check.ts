import { parseArgs } from 'node:util';

import { loadRules } from '../rules/load.ts';
import { formatProblem, type Problem } from '../rules/problem.ts';
import type { Command } from './command.ts';

const formats = ['text', 'json', 'github'] as const;

export const check: Command = {
  name: 'check',
  summary: 'check the rule files, with the loader that the service uses',
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
    const { book, problems } = await loadRules(dir);
    const ok = book !== null;
    if (format === 'json') {
      io.stdout(`${JSON.stringify({ ok, version: book?.version ?? null, problems }, null, 2)}\n`);
    } else {
      io.stdout(
        problems
          .map((problem) => `${format === 'github' ? annotation(dir, problem) : formatProblem(problem)}\n`)
          .join(''),
      );
    }
    if (format === 'text') {
      const rules = book?.files.reduce((sum, file) => sum + file.rules.length, 0);
      io.stdout(
        ok
          ? `${book.files.length} files, ${rules} rules: good (version ${book.version})\n`
          : `${problems.length} problems\n`,
      );
    }
    return ok ? 0 : problems.some(({ file }) => file === '.') ? 2 : 1;
  },
};

/** A workflow command: CI systems show it beside the line. */
function annotation(dir: string, { file, line, col, severity, message, remedy }: Problem): string {
  const text = [message, remedy].filter(Boolean).join(', ').replaceAll('%', '%25').replaceAll('\n', '%0A');
  return `::${severity} file=${dir}/${file},line=${line},col=${col}::${text}`;
}
