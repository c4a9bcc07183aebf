import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';

import { z } from 'zod';

import { decode } from '../registration/decode.ts';
import type { Registration } from '../registration/registration.ts';
import { decide } from '../rules/decide.ts';
import { loadRules } from '../rules/load.ts';
import type { Decision, Step, UserFacts } from '../rules/model.ts';
import { formatProblem } from '../rules/problem.ts';
import { oneLine } from '../typed.ts';
import type { Command, Io } from './command.ts';

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
    const { book, problems } = await loadRules(values.rules ?? io.env['RULES_DIR'] ?? 'rules');
    if (book === null) {
      io.stderr(`${problems.map(formatProblem).join('\n')}\nThe rules are not usable.\n`);
      return 2;
    }
    const registration = registrationOf(await read(values.event, io));
    if (registration === null) {
      io.stderr('This is not a registration: its type is another than REGISTER.\n');
      return 2;
    }
    const user = values.user === undefined ? undefined : userOf(await read(values.user, io));
    // No other registrations are known here, so a count is one.
    const decision = decide(book, { registration, user, counts: countOfOne });
    if (decision.kind === 'missing') {
      io.stderr(
        'The decision hangs on the user as Keycloak has it: give it with --user FILE (GET /admin/realms/{realm}/users/{id}).\n',
      );
      return 1;
    }
    io.stdout(
      values.format === 'json' ? `${JSON.stringify(asJson(decision), null, 2)}\n` : asText(registration, decision),
    );
    return 0;
  },
};

const countOfOne = { get: () => 1 } as unknown as ReadonlyMap<string, number>;

async function read(path: string, io: Io): Promise<string> {
  return path === '-' ? io.stdin() : readFile(path, 'utf8');
}

function registrationOf(text: string): Registration | null {
  const event = decode(unwrapped(text));
  if (event.kind !== 'registered') {
    return null;
  }
  // An envelope that has only the realm's id is explained under that id.
  return { ...event.registration, realm: 'name' in event.realm ? event.realm.name : event.realm.id };
}

/** The Admin API gives a list; a recorded Kafka record wraps the value. */
function unwrapped(text: string): string {
  try {
    const given: unknown = JSON.parse(text);
    const first: unknown = Array.isArray(given) ? given[0] : given;
    const inner =
      typeof first === 'object' && first !== null && 'value' in first && !('realmId' in first) ? first.value : first;
    return JSON.stringify(inner);
  } catch {
    return text;
  }
}

const representation = z.object({
  username: z.string(),
  email: z.string().optional(),
  emailVerified: z.boolean().default(false),
  enabled: z.boolean().default(true),
  createdTimestamp: z.number().default(0),
  firstName: z.string().optional(),
  lastName: z.string().optional(),
  attributes: z.record(z.string(), z.array(z.string())).default({}),
});

function userOf(text: string): UserFacts {
  const { createdTimestamp, email, firstName, lastName, ...user } = representation.parse(JSON.parse(text));
  return {
    ...user,
    createdAt: createdTimestamp,
    email: email ?? null,
    firstName: firstName ?? null,
    lastName: lastName ?? null,
    locale: user.attributes['locale']?.[0] ?? null,
  };
}

function asJson({ matched, trace, steps, version, application, dryRun }: Decision) {
  return { matched, trace, steps, version, application, dryRun };
}

const signs = { matched: '✔', 'not-matched': '✘', 'not-reached': '·' } as const;

function asText(
  { realm, clientId, source, email, userId }: Registration,
  { matched, trace, steps, version, dryRun }: Decision,
): string {
  const who = `${oneLine(email ?? userId)} registered for ${oneLine(clientId)} in realm ${oneLine(realm)} (${oneLine(source)})`;
  const file = trace[0]?.file;
  const looked =
    file === undefined
      ? ['  no rule file names this client']
      : [
          `  ${file}`,
          ...trace.map(({ line, rule, verdict, because }) => `  ${signs[verdict]} ${line}: ${rule}: ${because}`),
        ];
  const plan =
    matched === null
      ? ['nothing happens']
      : steps.length === 0
        ? ['the rule has no steps']
        : steps.map((step) => `→ ${inWords(step)}`);
  return [
    who,
    ...looked,
    ...plan.map((line) => `    ${line}${dryRun ? ' (dry run)' : ''}`),
    `  rules ${version}`,
    '',
  ].join('\n');
}

function inWords({ uses, with: operand, after }: Step): string {
  const told = operand === null ? '' : ` ${JSON.stringify(operand)}`;
  return `${uses}${told}${after === null ? '' : ` after ${after / 86_400_000} days`}`;
}
