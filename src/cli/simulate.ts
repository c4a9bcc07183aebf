import type { Keycloak } from '../adapters/keycloak/keycloak.ts';
import { withUsers } from '../operate/history/with-users.ts';
import { answersOf, decideAsking, type RawAnswer } from '../execute/decide-asking.ts';
import type { Answered } from '../jobs/payloads.ts';
import { decide } from '../rules/decide/decide.ts';
import { rulesThatAsk } from '../rules/decide/questions.ts';
import { durationHint, parseDuration } from '../platform/duration.ts';
import { isGlob } from '../platform/glob.ts';
import type { Decision, Facts, Missing, Question, RuleBook } from '../rules/model.ts';
import { alwaysCounts } from '../rules/try/rule-tests.ts';
import { comparison, simulate } from '../rules/try/simulate.ts';
import { type AskNow, withAsking } from './asking.ts';
import { command, type Io } from './command.ts';
import { openKeycloak } from './keycloak.ts';
import { missing, UsageError } from './parse.ts';
import { progressOn } from './progress.ts';
import { registrationsFrom, type Source } from './registration-source.ts';
import { isFolder, rulesAt, rulesIn } from './rules-of.ts';
import { asText } from './simulation-text.ts';

const theRules = 'The rules';
const theRegistrations = 'The registrations';

export const simulateRules = command({
  name: 'simulate',
  summary: 'say who would be treated differently by changed rules',
  forms: [
    '--against DIR|REVISION --realm REALM [--since 7d] [OPTIONS]',
    '--against DIR|REVISION --topic [NAME] [--since 7d] [OPTIONS]',
    '--against DIR|REVISION --events FILE|- [--realm REALM] [OPTIONS]',
  ],
  options: {
    against: {
      group: theRules,
      value: 'DIR|REVISION',
      about: 'those in force, such as a checkout of what is deployed; what is not a folder is a git revision',
    },
    'against-git': {
      group: theRules,
      value: 'REVISION',
      about: 'those in force, as a revision of git has the folder of --rules: main, v1.4, HEAD~1',
    },
    rules: { group: theRules, value: 'DIR', about: 'the changed ones; default: RULES_DIR, else "rules"' },
    events: {
      group: theRegistrations,
      value: 'FILE|-',
      about: 'REGISTER events: a list as the Admin API gives it, or one on each line; "-" for standard input',
    },
    realm: {
      group: theRegistrations,
      value: 'REALM',
      about: "alone: what the realm's event store holds; with --events: the realm of events that have only its id",
    },
    topic: {
      group: theRegistrations,
      value: 'NAME',
      optional: true,
      about: 'what the events topic holds, without a name that of KAFKA_EVENTS_TOPIC; no offset is committed',
    },
    since: { group: theRegistrations, value: 'DURATION', initial: '7d', about: 'how far back to read' },
    users: { about: 'read users from Keycloak, as they are now, where the answer depends on them' },
    ask: {
      about:
        'ask the systems that rules ask with the condition external, about each person whose treatment depends on ' +
        'it, signed with WEBHOOK_SECRET; without it, no system is asked',
    },
    format: { among: ['text', 'json'], initial: 'text', about: 'text for people, json for machines' },
  },
  notes: [
    'Without --users, the events alone are judged, and a person whose treatment depends on more is counted as ' +
      'undecided. A count of registrations is taken as one.',
    'Keycloak and Kafka are found by the settings of "run" that are about them: KEYCLOAK_..., KAFKA_... With ' +
      'KEYCLOAK_ADMIN_USER and KEYCLOAK_ADMIN_PASSWORD (or ..._FILE), Keycloak is read as that administrator.',
    'Nothing is changed. Exit code: 0 nobody would be treated differently, 1 somebody would or might be, ' +
      '2 could not run.',
  ],
  async run({ values }, io) {
    const { against, 'against-git': revision, format } = values;
    const since = parseDuration(values.since);
    if (since === null) {
      throw new UsageError(`--since ${durationHint}, not "${values.since}"`);
    }
    if (against === undefined && revision === undefined) {
      throw missing(['--against']);
    }
    if (against !== undefined && revision !== undefined) {
      throw new UsageError('--against and --against-git both name the rules in force: give one of them');
    }
    const source = sourceOf(values, Date.now() - since);
    const dir = values.rules ?? io.env['RULES_DIR'] ?? 'rules';
    const proposed = await rulesIn(dir);
    const current =
      against !== undefined && (await isFolder(against))
        ? await rulesIn(against)
        : rulesAt(dir, against ?? revision ?? '');
    const { users, ask: asks } = values;
    const asking = [current, proposed].some((book) => rulesThatAsk(book).length > 0);
    const result = await withAsking(asks, io, (ask) => compare({ current, proposed, source, users, ask }, io));
    const hints = [...(users ? [] : ['--users asks Keycloak']), ...(asks || !asking ? [] : ['--ask asks systems'])];
    const hint = hints.map((text) => `; ${text}`).join('');
    io.stdout(format === 'json' ? `${JSON.stringify(result, null, 2)}\n` : asText(result, hint, io.paint?.stdout));
    return result.different + result.undecided === 0 ? 0 : 1;
  },
});

/** @throws UsageError unless exactly one is named */
function sourceOf(
  { events, realm, topic }: Readonly<Record<'events' | 'realm' | 'topic', string | undefined>>,
  since: number,
): Source {
  if (events !== undefined && topic !== undefined) {
    throw new UsageError('--events and --topic both name registrations: give one of them');
  }
  if (topic !== undefined && realm !== undefined) {
    throw new UsageError('--topic reads all realms: leave --realm out');
  }
  if (events !== undefined) {
    return { kind: 'file', path: events, realm };
  }
  if (topic !== undefined) {
    return { kind: 'topic', topic, since };
  }
  if (realm === undefined) {
    throw new UsageError('The registrations are missing: name them with --events, --realm or --topic');
  }
  return { kind: 'store', realm, since };
}

interface Comparison {
  readonly current: RuleBook;
  readonly proposed: RuleBook;
  readonly source: Source;
  readonly users: boolean;
  readonly ask: AskNow | null;
}

async function compare({ current, proposed, source, users, ask }: Comparison, io: Io) {
  let opened: Promise<Keycloak> | undefined;
  const keycloak = (): Promise<Keycloak> => (opened ??= openKeycloak(io));
  const show = progressOn(io);
  const counts = alwaysCounts(1);
  const alike = comparison(current, proposed);
  const dependsOnUser = (facts: Facts): boolean =>
    !alike(facts) && [current, proposed].some((book) => asksForUser(decide(book, { ...facts, counts })));
  const named = [...current.files, ...proposed.files].flatMap(({ realms }) => realms);
  const realms = [...new Set(named)].filter((realm) => !isGlob(realm));
  try {
    const registrations = registrationsFrom(source, { io, keycloak, realms, show });
    const facts = withUsers(
      registrations,
      (registration) => users && dependsOnUser({ registration }),
      async (who) => (await keycloak()).users.read(who),
    );
    const answers: AnswersFor = async (one) =>
      ask === null || alike(one) ? undefined : answersBy([current, proposed], one, ask);
    const all = completed(facts, counts, answers);
    return await simulate(current, proposed, all, (done) => show(`${done} registrations judged`));
  } finally {
    await opened?.then((made) => made.close()).catch(() => undefined);
  }
}

function asksForUser(decision: Decision | Missing): boolean {
  return decision.kind === 'missing' && decision.what === 'user';
}

type Judged = Pick<Facts, 'registration' | 'user'>;
type AnswersFor = (facts: Judged) => Promise<Facts['answers']>;

async function* completed(
  all: AsyncIterable<Judged>,
  counts: ReadonlyMap<string, number>,
  answersFor: AnswersFor,
): AsyncGenerator<Facts> {
  for await (const { registration, user } of all) {
    const answers = await answersFor({ registration, user });
    yield { registration, user, counts, answers };
  }
}

/** Asks each question once, for both rule books. */
async function answersBy(books: readonly RuleBook[], facts: Judged, askNow: AskNow): Promise<Facts['answers']> {
  const ask = memoized((question: Question) => askNow(question, facts));
  let known: readonly Answered[] = [];
  for (const book of books) {
    const onAnswer = (answered: readonly Answered[]) => void (known = answered);
    await decideAsking(book, facts, { count: () => 1, ask, onAnswer }, known);
  }
  return answersOf(known);
}

function memoized(ask: (question: Question) => Promise<RawAnswer>): typeof ask {
  const asked = new Map<string, Promise<RawAnswer>>();
  return (question) => {
    const key = JSON.stringify(question);
    const answer = asked.get(key) ?? ask(question);
    asked.set(key, answer);
    return answer;
  };
}
