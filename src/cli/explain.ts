import { countStored, decideCounting } from '../operate/history/decide-counting.ts';
import { findRegisteredUser } from '../operate/history/registered-user.ts';
import { refuse } from '../execute/age-guard.ts';
import type { Registration } from '../ingest/registration.ts';
import type { UserFacts } from '../ingest/user.ts';
import { didYouMean } from '../platform/did-you-mean.ts';
import { oneLine } from '../platform/safe-text.ts';
import { unknownSource } from '../rules/load/doubtful.ts';
import type { RuleBook } from '../rules/model.ts';
import { command, type Io } from './command.ts';
import { readInput, registrationsIn, unusable } from './event-file.ts';
import { atTheDoor } from './explained-door.ts';
import { asJson, asText, type Explanation } from './explanation.ts';
import { withKeycloak } from './keycloak.ts';
import { missing, UsageError } from './parse.ts';
import { rulesIn } from './rules-of.ts';
import { registrationOf, type Typed, userOf } from './typed-registration.ts';
import { userIn } from './user-file.ts';

const described = 'A registration that you describe';
const recorded = 'A recorded registration';
const person = 'A person of a realm';

const onlyDescribed = [
  'email',
  'ip',
  'source',
  'username',
  'locale',
  'time',
  'verified',
  'attribute',
  'header',
] as const;

export const explain = command({
  name: 'explain',
  summary: 'say what the rules would do about a registration, and why',
  forms: [
    '--client CLIENT --email ADDRESS [OPTIONS]',
    '--event FILE|- [--user FILE] [OPTIONS]',
    '--realm REALM --user NAME [OPTIONS]',
  ],
  options: {
    client: { group: described, value: 'CLIENT', about: 'the client id of the application' },
    email: { group: described, value: 'ADDRESS', about: 'the e-mail address; default: none' },
    source: {
      group: described,
      value: 'SOURCE',
      about: 'how they registered: form, or broker:ALIAS for an identity provider; default: form',
    },
    ip: { group: described, value: 'ADDRESS', about: 'where they came from; default: unknown' },
    username: { group: described, value: 'NAME', about: 'the user name; default: the e-mail address' },
    locale: { group: described, value: 'TAG', about: 'the language of the page they saw, such as de' },
    time: {
      group: described,
      value: 'TIME',
      about: 'when they registered, such as 2026-11-24T10:00:00Z; default: now',
    },
    verified: { group: described, about: 'the e-mail address is verified' },
    attribute: { group: described, value: 'NAME=VALUE', many: true, about: 'an attribute of the user' },
    header: {
      group: described,
      value: 'NAME=VALUE',
      many: true,
      about: 'a request header that a gateway in front of Keycloak set',
    },
    event: {
      group: recorded,
      value: 'FILE|-',
      about: 'a REGISTER event in any form that the service reads; "-" for standard input',
    },
    user: {
      group: recorded,
      value: 'FILE',
      about: 'the user as the Admin API shows it, for rules that need more than the event says',
    },
    realm: {
      value: 'REALM',
      about:
        'the realm; default: the realm of the event, or the only one that the rules name. With --user NAME: the realm ' +
        'to look in, for a person by user name, id or e-mail address, as a whole',
    },
    rules: { value: 'DIR', about: 'the folder of the rule files; default: RULES_DIR, else "rules"' },
    format: { among: ['text', 'json'], initial: 'text', about: 'text for people, json for machines' },
  },
  notes: [
    `${person} is read from Keycloak as they are now, and their registration from its event store: as the administrator ` +
      'KEYCLOAK_ADMIN_USER with KEYCLOAK_ADMIN_PASSWORD (or ..._FILE), else as the service account, with the settings ' +
      'of "run" that are about Keycloak.',
    'The rules are those of the folder. The audit names the rules that decided at the time.',
    'Nothing is changed. Exit code: 0 decided, 1 something must be known that is missing, 2 could not run.',
  ],
  async run({ values }, io) {
    const { client, event, user, realm, format } = values;
    refuseMixed(values);
    const dir = values.rules ?? io.env['RULES_DIR'] ?? 'rules';
    const book = await rulesIn(dir);
    const explanation =
      client !== undefined
        ? await ofTyped(book, { ...values, client, source: values.source ?? 'form' }, user, io)
        : event !== undefined
          ? await ofEvent(book, { event, user, realm }, io)
          : await ofPerson(book, realm ?? '', user ?? '', io);
    if (typeof explanation === 'string') {
      io.stderr(`vestibule explain: ${explanation}\n`);
      return 1;
    }
    const door = atTheDoor(book, explanation.registration);
    const json = () => `${JSON.stringify(asJson(explanation, door), null, 2)}\n`;
    io.stdout(format === 'json' ? json() : asText(dir, explanation, door, io.paint?.stdout));
    return 0;
  },
});

type Given = Readonly<Record<string, string | boolean | readonly string[] | undefined>>;

function isGiven(value: Given[string]): boolean {
  return Array.isArray(value) ? value.length > 0 : value !== undefined && value !== false;
}

/** @throws UsageError unless exactly one registration is named */
function refuseMixed(values: Given): void {
  const { client, event, user, realm } = values;
  const typed = onlyDescribed.filter((name) => isGiven(values[name]));
  const aboutUser = typed.find((name) => name === 'verified' || name === 'attribute');
  if (client !== undefined && event !== undefined) {
    throw new UsageError('--client describes a registration and --event reads one: give one of them');
  }
  if (client !== undefined && user !== undefined && aboutUser !== undefined) {
    throw new UsageError(`--${aboutUser} describes the user that --user reads: give one of them`);
  }
  if (client !== undefined) {
    return;
  }
  if (typed.length > 0) {
    throw event === undefined
      ? missing(['--client'])
      : new UsageError(`--${typed[0]} goes with --client, not with --event`);
  }
  if (event !== undefined || (user !== undefined && realm !== undefined)) {
    return;
  }
  throw user === undefined && realm === undefined
    ? new UsageError('Nothing to explain: --client, or --event, or --realm with --user is missing')
    : missing([user === undefined ? '--user' : '--realm']);
}

const countedAsOne = 'no other registrations are known here, so a count of them is taken as one';

async function ofTyped(book: RuleBook, typed: Typed, userFile: string | undefined, io: Io): Promise<Explanation> {
  const registration = registrationOf(typed, book);
  const user = userFile === undefined ? userOf(registration, typed) : userIn(await readInput(userFile, io), userFile);
  const doubt = unknownSource(typed.source);
  const notes = [
    `judged with an account that is ${stateOf(user)}`,
    ...(doubt === null ? [] : [`${doubt.message}; ${doubt.remedy}`]),
  ];
  const decision = await decideAlone(book, registration, user, notes);
  if (decision.kind === 'missing') {
    throw new TypeError('a rule asks for the user that was handed in');
  }
  return {
    registration,
    decision,
    notes: decision.trace.length > 0 ? notes : [...notes, ...slips(book, registration)],
  };
}

/** No rule file is for this registration: what somebody may have meant who typed the names. */
function slips({ files }: RuleBook, { realm, clientId }: Registration): string[] {
  const meant = [
    [
      'realm',
      realm,
      didYouMean(
        realm,
        files.flatMap(({ realms }) => realms).filter((name) => name !== realm),
      ),
    ],
    [
      'client',
      clientId,
      didYouMean(
        clientId,
        files.flatMap(({ clients }) => clients).filter((name) => name !== clientId),
      ),
    ],
  ] as const;
  return meant.flatMap(([what, typed, hint]) => (hint === '' ? [] : [`${what} "${oneLine(typed)}": ${hint}`]));
}

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
  const decision = await decideAlone(book, registration, facts, notes);
  return decision.kind === 'missing'
    ? 'the decision depends on the user as Keycloak has it: give it with --user FILE (GET /admin/realms/{realm}/users/{id})'
    : { registration, decision, notes };
}

function decideAlone(book: RuleBook, registration: Registration, user: UserFacts | undefined, notes: string[]) {
  return decideCounting(book, { registration, user }, () => {
    if (!notes.includes(countedAsOne)) {
      notes.push(countedAsOne);
    }
    return 1;
  });
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
    const decision = await decideCounting(book, { registration, user }, async (count) => {
      const counted = await countStored(events, registration, count);
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
