import { join } from 'node:path';
import { parseArgs } from 'node:util';

import { countStored, decideCounting } from '../operate/history/decide-counting.ts';
import { findRegisteredUser } from '../operate/history/registered-user.ts';
import { refuse } from '../execute/age-guard.ts';
import { loadRules } from '../rules/load/load.ts';
import type { RuleBook } from '../rules/model.ts';
import type { UserFacts } from '../ingest/user.ts';
import { formatProblem } from '../rules/load/problem.ts';
import type { Command, Io } from './command.ts';
import { readInput, registrationsIn, unusable } from './event-file.ts';
import { asJson, asText, type Explanation } from './explanation.ts';
import { withKeycloak } from './keycloak.ts';
import { userIn } from './user-file.ts';

export const explain: Command = {
  name: 'explain',
  summary: 'say what the rules would do about a registration, and why',
  usage: `vestibule explain --event FILE|- [--user FILE] [--realm REALM] [--rules DIR] [--format text|json]
vestibule explain --realm REALM --user WHO [--rules DIR] [--format text|json]

  --event FILE   a REGISTER event in any form the service reads; "-" for standard input
  --user FILE    the user as the Admin API shows it, for rules that ask for more than the event tells
  --realm REALM  the realm of an event that has only the realm's id

  --realm REALM  without --event: the realm to look in
  --user WHO     a person, by user name, id or e-mail address, as a whole

  --rules DIR    the folder of the rule files (RULES_DIR, else "rules")

A person is read from Keycloak as they are now, their registration from its event store, both as the service account of
"run" and with its settings: KEYCLOAK_URL, KEYCLOAK_CLIENT_ID, KEYCLOAK_CLIENT_SECRET (or ..._FILE),
KEYCLOAK_CLIENT_SECRETS_DIR, KEYCLOAK_TIMEOUT_MS. The rules are those of the folder; which ones decided at the time is in
the audit.

Nothing is touched. Exit code: 0 decided, 1 something must be known that is missing, 2 could not run.`,
  async run(argv, io) {
    const { values } = parseArgs({
      args: [...argv],
      options: {
        event: { type: 'string' },
        user: { type: 'string' },
        realm: { type: 'string' },
        rules: { type: 'string' },
        format: { type: 'string', default: 'text' },
      },
    });
    const { event, user, realm, format } = values;
    const asked = event !== undefined || (realm !== undefined && user !== undefined);
    if (!asked || !['text', 'json'].includes(format)) {
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
    const explanation =
      event === undefined
        ? await ofPerson(book, realm ?? '', user ?? '', io)
        : await ofEvent(book, { event, user, realm }, io);
    if (typeof explanation === 'string') {
      io.stderr(`vestibule explain: ${explanation}\n`);
      return 1;
    }
    const json = () => `${JSON.stringify(asJson(explanation), null, 2)}\n`;
    io.stdout(format === 'json' ? json() : asText(dir, explanation));
    return 0;
  },
};

/** @returns the explanation, or what is missing for it */
async function ofEvent(
  book: RuleBook,
  { event, user, realm }: { event: string; user: string | undefined; realm: string | undefined },
  io: Io,
): Promise<Explanation | string> {
  const [registration] = registrationsIn(await readInput(event, io), realm);
  if (registration === undefined) {
    throw unusable('this is not a registration: its type is another than REGISTER');
  }
  const facts = user === undefined ? undefined : userIn(await readInput(user, io), user);
  const notes: string[] = [];
  const decision = await decideCounting(book, { registration, user: facts }, () => {
    notes.push('no other registrations are known here, so a count of them is taken as one');
    return 1;
  });
  return decision.kind === 'missing'
    ? 'the decision hangs on the user as Keycloak has it: give it with --user FILE (GET /admin/realms/{realm}/users/{id})'
    : { registration, decision, notes: [...new Set(notes)] };
}

/** @returns the explanation, or what is missing for it */
function ofPerson(book: RuleBook, realm: string, who: string, io: Io): Promise<Explanation | string> {
  return withKeycloak(io, async ({ users, events }) => {
    const answer = await findRegisteredUser({ users, events }, realm, who);
    if (answer.kind === 'missing') {
      return `${answer.because}; ${answer.remedy}`;
    }
    const { registration, user } = answer;
    const notes = [
      `on ${new Date(registration.time).toISOString()}, user ${user.userId}`,
      `judged with the account as it is now: ${stateOf(user)}`,
    ];
    const refused = refuse(registration, user, registration.time, Infinity);
    if (refused !== null) {
      notes.push(`the service would do nothing at all: ${refused}`);
    }
    const decision = await decideCounting(book, { registration, user }, async (missing) => {
      const counted = await countStored(events, registration, missing);
      notes.push(`registrations were counted in the event store: ${counted}`);
      return counted;
    });
    if (decision.kind === 'missing') {
      throw new TypeError('a rule asks for the user that was handed in');
    }
    return { registration, decision, notes };
  });
}

function stateOf({ enabled, emailVerified }: UserFacts): string {
  return `${enabled ? 'enabled' : 'disabled'}, e-mail address ${emailVerified ? '' : 'not '}verified`;
}
