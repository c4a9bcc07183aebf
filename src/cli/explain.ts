import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import { z } from 'zod';

import { ServiceError } from '../errors.ts';
import { decode } from '../registration/decode.ts';
import type { Registration } from '../registration/registration.ts';
import { decide } from '../rules/decide.ts';
import { formatDuration } from '../rules/duration.ts';
import { loadRules } from '../rules/load.ts';
import type { Decision, Step, UserFacts } from '../rules/model.ts';
import { formatProblem } from '../rules/problem.ts';
import { alwaysCounts } from '../rules/rule-tests.ts';
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
    const dir = values.rules ?? io.env['RULES_DIR'] ?? 'rules';
    const { book, problems } = await loadRules(dir);
    if (book === null) {
      const located = problems.map((problem) => formatProblem({ ...problem, file: join(dir, problem.file) }));
      io.stderr(`${located.join('\n')}\nThe rules are not usable.\n`);
      return 2;
    }
    const registration = registrationOf(await read(values.event, io));
    const user = values.user === undefined ? undefined : userOf(await read(values.user, io), values.user);
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

async function read(path: string, io: Io): Promise<string> {
  try {
    return path === '-' ? await io.stdin() : await readFile(path, 'utf8');
  } catch (error) {
    throw unusable(`${path} cannot be read: ${(error as NodeJS.ErrnoException).code ?? String(error)}`);
  }
}

function unusable(why: string): ServiceError {
  return new ServiceError('EVENT_UNREADABLE', why);
}

function registrationOf(text: string): Registration {
  const event = decode(unwrapped(text));
  if (event.kind !== 'registered') {
    throw unusable('this is not a registration: its type is another than REGISTER');
  }
  // An envelope that has only the realm's id is explained under that id.
  return { ...event.registration, realm: 'name' in event.realm ? event.realm.name : event.realm.id };
}

/** The Admin API gives a list; a recorded Kafka record wraps the value. */
function unwrapped(text: string): string {
  const given = json(text);
  const first: unknown = Array.isArray(given) ? given[0] : given;
  const wrapped = typeof first === 'object' && first !== null && 'value' in first && !('realmId' in first);
  const event = wrapped ? first.value : first;
  // What is no JSON is left to the decoder, which says so.
  return given === undefined ? text : typeof event === 'string' ? event : JSON.stringify(event);
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

function userOf(text: string, path: string): UserFacts {
  const parsed = representation.safeParse(json(text));
  if (!parsed.success) {
    const faults = parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ');
    throw unusable(`${path} is no user as the Admin API shows one: ${faults}`);
  }
  const { createdTimestamp, email, firstName, lastName, ...user } = parsed.data;
  return {
    ...user,
    createdAt: createdTimestamp,
    email: email ?? null,
    firstName: firstName ?? null,
    lastName: lastName ?? null,
    locale: user.attributes['locale']?.[0] ?? null,
  };
}

/** `undefined` when it is none. */
function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

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
