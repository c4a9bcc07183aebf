import { join } from 'node:path';
import { parseArgs } from 'node:util';

import { ServiceError } from '../errors.ts';
import { loadRules } from '../rules/load.ts';
import type { RuleBook } from '../rules/model.ts';
import { formatProblem } from '../rules/problem.ts';
import { alwaysCounts } from '../rules/rule-tests.ts';
import { type Move, simulate, type Simulation } from '../rules/simulate.ts';
import { oneLine } from '../typed.ts';
import type { Command } from './command.ts';
import { readInput, registrationsIn } from './event-file.ts';

export const simulateRules: Command = {
  name: 'simulate',
  summary: 'say who would be treated differently by changed rules',
  usage: `vestibule simulate --against DIR --events FILE|- [--rules DIR] [--format text|json]

  --against DIR  the rules in force, such as a checkout of what is deployed
  --rules DIR    the changed rules (RULES_DIR, else "rules")
  --events FILE  REGISTER events: a list as the Admin API gives it, or one on each line; "-" for standard input

Judged on what the events tell; who cannot be judged so is counted as undecided. A count of registrations is one.
Nothing is touched. Exit code: 0 nobody would be treated differently, 1 somebody would, 2 could not run.`,
  async run(argv, io) {
    const { values } = parseArgs({
      args: [...argv],
      options: {
        against: { type: 'string' },
        rules: { type: 'string' },
        events: { type: 'string' },
        format: { type: 'string', default: 'text' },
      },
    });
    if (values.against === undefined || values.events === undefined || !['text', 'json'].includes(values.format)) {
      io.stderr(`${simulateRules.usage}\n`);
      return 2;
    }
    const current = await rulesIn(values.against);
    const proposed = await rulesIn(values.rules ?? io.env['RULES_DIR'] ?? 'rules');
    const registrations = registrationsIn(await readInput(values.events, io));
    const counts = alwaysCounts(1);
    const facts = registrations.map((registration) => ({ registration, counts }));
    const every = Math.max(10_000, registrations.length / 10);
    let shown = 0;
    const result = await simulate(current, proposed, facts, (done) => {
      if (done - shown >= every) {
        shown = done;
        io.stderr(`${done} of ${registrations.length}\n`);
      }
    });
    io.stdout(values.format === 'json' ? `${JSON.stringify(result, null, 2)}\n` : asText(result));
    return result.different === 0 ? 0 : 1;
  },
};

async function rulesIn(dir: string): Promise<RuleBook> {
  const { book, problems } = await loadRules(dir);
  if (book === null) {
    const located = problems.map((problem) => formatProblem({ ...problem, file: join(dir, problem.file) }));
    throw new ServiceError('RULES_INVALID', `the rules in ${dir} are not usable:\n${located.join('\n')}`);
  }
  return book;
}

function asText({ registrations, different, undecided, moves }: Simulation): string {
  const lines = [
    `${different} of ${registrations} registrations would be treated differently`,
    ...(undecided === 0 ? [] : [`${undecided} cannot be judged on the event alone`]),
    ...moves.flatMap(inWords),
  ];
  return `${lines.join('\n')}\n`;
}

function inWords({ from, to, count, examples }: Move): string[] {
  return [
    `  ${count}: ${from} → ${to}`,
    ...examples.map(
      ({ userId, from, to }) =>
        `    user ${oneLine(userId)}: ${from.steps.join(', ') || 'nothing'} → ${to.steps.join(', ') || 'nothing'} (${to.because})`,
    ),
  ];
}
