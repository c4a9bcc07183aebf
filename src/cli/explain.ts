import { join } from 'node:path';
import { parseArgs } from 'node:util';

import type { Registration } from '../registration/registration.ts';
import { decide } from '../rules/decide.ts';
import { formatDuration } from '../rules/duration.ts';
import { loadRules } from '../rules/load.ts';
import type { Decision, Step } from '../rules/model.ts';
import { formatProblem } from '../rules/problem.ts';
import { alwaysCounts } from '../rules/rule-tests.ts';
import { oneLine } from '../typed.ts';
import type { Command } from './command.ts';
import { readInput, registrationsIn, unusable } from './event-file.ts';
import { userIn } from './user-file.ts';

export const explain: Command = {
  name: 'explain',
  summary: 'say what the rules would do about a registration, and why',
  usage: `vestibule explain --event FILE|- [--user FILE] [--rules DIR] [--format text|json]

  --event FILE  a REGISTER event in any form the service reads; "-" for standard input
  --user FILE   the user as the Admin API shows it, for rules that ask for more than the event tells
  --rules DIR   the folder of the rule files (RULES_DIR, else "rules")

Nothing is touched. Exit code: 0 decided, 1 more must be known, 2 could not run.`,
  async run(argv, io) {
    const { values } = parseArgs({
      args: [...argv],
      options: {
        event: { type: 'string' },
        user: { type: 'string' },
        rules: { type: 'string' },
        format: { type: 'string', default: 'text' },
      },
    });
    if (values.event === undefined || !['text', 'json'].includes(values.format)) {
      io.stderr(`${explain.usage}\n`);
      return 2;
    }
    const dir = values.rules ?? io.env['RULES_DIR'] ?? 'rules';
    const { book, problems } = await loadRules(dir);
    if (book === null) {
      const located = problems.map((problem) => formatProblem({ ...problem, file: join(dir, problem.file) }));
      io.stderr(`${located.join('\n')}\nThe rules are not usable.\n`);
      return 2;
    }
    const [registration] = registrationsIn(await readInput(values.event, io));
    if (registration === undefined) {
      throw unusable('this is not a registration: its type is another than REGISTER');
    }
    const user = values.user === undefined ? undefined : userIn(await readInput(values.user, io), values.user);
    // No other registrations are known here, so a count is one.
    const decision = decide(book, { registration, user, counts: alwaysCounts(1) });
    if (decision.kind === 'missing') {
      io.stderr(
        'The decision hangs on the user as Keycloak has it: give it with --user FILE (GET /admin/realms/{realm}/users/{id}).\n',
      );
      return 1;
    }
    const json = () => `${JSON.stringify(asJson(decision), null, 2)}\n`;
    io.stdout(values.format === 'json' ? json() : asText(dir, registration, decision));
    return 0;
  },
};

function asJson({ matched, trace, steps, version, application, dryRun }: Decision) {
  const lines = trace.map(({ file, line, rule, verdict, because }) => ({ file, line, rule, verdict, because }));
  return { matched, trace: lines, steps, version, application, dryRun };
}

const signs = { matched: '✔', 'not-matched': '✘', 'not-reached': '·' } as const;

function asText(dir: string, registration: Registration, decision: Decision): string {
  const { realm, clientId, source, email, userId } = registration;
  const { matched, trace, steps, version, dryRun } = decision;
  const file = trace[0]?.file;
  const plan =
    steps.length === 0 ? [matched === null ? 'nothing happens' : 'the rule has no steps'] : steps.map(inWords);
  return [
    `${oneLine(email ?? userId)} registered for ${oneLine(clientId)} in realm ${oneLine(realm)} (${oneLine(source)})`,
    file === undefined ? '  no rule file names this client' : `  ${join(dir, file)}`,
    ...trace.map(({ line, rule, verdict, because }) => `  ${signs[verdict]} ${line}: ${rule}: ${because}`),
    ...plan.map((line) => `    → ${line}${dryRun ? ' (dry run)' : ''}`),
    `  rules ${version}`,
    '',
  ].join('\n');
}

function inWords({ uses, with: operand, after }: Step): string {
  const told = operand === null ? '' : ` ${JSON.stringify(operand)}`;
  return `${uses}${told}${after === null ? '' : ` after ${formatDuration(after)}`}`;
}
