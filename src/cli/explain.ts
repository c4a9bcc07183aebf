import { withAsking } from './asking.ts';
import { command } from './command.ts';
import { atTheDoor } from './explained-door.ts';
import { ofEvent, ofPerson, ofTyped } from './explained-registration.ts';
import { asJson, asText } from './explanation.ts';
import { missing, UsageError } from './parse.ts';
import { rulesIn } from './rules-of.ts';

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
    ask: {
      about:
        'ask the systems that rules ask with the condition external, signed with WEBHOOK_SECRET; without it, no ' +
        'system is asked. Not about a person that you describe',
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
    const explanation = await withAsking(values.ask, io, (ask) =>
      client !== undefined
        ? ofTyped(book, { ...values, client, source: values.source ?? 'form' }, user, io)
        : event !== undefined
          ? ofEvent(book, { event, user, realm }, ask, io)
          : ofPerson(book, realm ?? '', user ?? '', ask, io),
    );
    if (typeof explanation === 'string') {
      io.stderr(`vestibule explain: ${explanation}\n`);
      return 1;
    }
    const door = atTheDoor(book, explanation.registration);
    const json = () => `${JSON.stringify(asJson(explanation, door), null, 2)}\n`;
    io.stdout(format === 'json' ? json() : asText(dir, explanation, door, io.paint?.stdout));
    return explanation.decision.kind === 'decided' ? 0 : 1;
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
  if (client !== undefined && values['ask'] === true) {
    throw new UsageError('--ask asks about somebody who registered, and --client describes one: give one of them');
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
