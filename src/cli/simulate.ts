import { parseArgs } from 'node:util';

import type { Keycloak } from '../adapters/keycloak/keycloak.ts';
import { withUsers } from '../operate/history/with-users.ts';
import { decide } from '../rules/decide/decide.ts';
import { durationHint, parseDuration } from '../platform/duration.ts';
import { isGlob } from '../platform/glob.ts';
import type { Facts, RuleBook } from '../rules/model.ts';
import { alwaysCounts } from '../rules/try/rule-tests.ts';
import { comparison, simulate } from '../rules/try/simulate.ts';
import type { Command, Io } from './command.ts';
import { openKeycloak } from './keycloak.ts';
import { progressOn } from './progress.ts';
import { registrationsFrom, type Source } from './registration-source.ts';
import { isFolder, rulesAt, rulesIn } from './rules-of.ts';
import { asText } from './simulation-text.ts';

export const simulateRules: Command = {
  name: 'simulate',
  summary: 'say who would be treated differently by changed rules',
  usage: `vestibule simulate --against DIR|REVISION --events FILE|- [--realm REALM] [OPTIONS]
vestibule simulate --against DIR|REVISION --realm REALM [--since 7d] [OPTIONS]
vestibule simulate --against DIR|REVISION --topic [NAME] [--since 7d] [OPTIONS]

The rules:
  --against DIR           those in force, such as a checkout of what is deployed; what is no folder is a git revision
  --against-git REVISION  those in force, as a revision of git has the folder of --rules: main, v1.4, HEAD~1
  --rules DIR             the changed ones (RULES_DIR, else "rules")

The registrations:
  --events FILE   REGISTER events: a list as the Admin API gives it, or one on each line; "-" for standard input
  --realm REALM   alone, what the realm's event store holds; with --events, the realm of events that have only its id
  --topic [NAME]  what the events topic holds (KAFKA_EVENTS_TOPIC unless named); no offset is committed
  --since 7d      how far back to read (7d unless said)

  --users             read users from Keycloak where the answer hangs on them, as they are now
  --format text|json  for people or machines

Checked on what the events tell, without --users; who cannot be judged so is counted as undecided. A count of registrations
is taken as one. Keycloak and Kafka are found by the settings of "run" that are about them: KEYCLOAK_..., KAFKA_...
Nothing is touched. Exit code: 0 nobody would be treated differently, 1 somebody would or might be, 2 could not run.`,
  async run(argv, io) {
    const { values } = parseArgs({
      args: withTopicName(argv),
      options: {
        against: { type: 'string' },
        'against-git': { type: 'string' },
        rules: { type: 'string' },
        events: { type: 'string' },
        realm: { type: 'string' },
        topic: { type: 'string' },
        since: { type: 'string', default: '7d' },
        users: { type: 'boolean', default: false },
        format: { type: 'string', default: 'text' },
      },
    });
    const { against, 'against-git': revision, events, realm, topic, format } = values;
    const since = parseDuration(values.since);
    if (since === null) {
      io.stderr(`vestibule simulate: --since ${durationHint}\n`);
      return 2;
    }
    const source = sourceOf({ events, realm, topic }, Date.now() - since);
    const oneAgainst = (against === undefined) !== (revision === undefined);
    if (source === null || !oneAgainst || !['text', 'json'].includes(format)) {
      io.stderr(`${simulateRules.usage}\n`);
      return 2;
    }
    const dir = values.rules ?? io.env['RULES_DIR'] ?? 'rules';
    const proposed = await rulesIn(dir);
    const current =
      against !== undefined && (await isFolder(against))
        ? await rulesIn(against)
        : rulesAt(dir, against ?? revision ?? '');
    const result = await compare({ current, proposed, source, users: values.users }, io);
    const hint = values.users ? '' : '; --users asks Keycloak';
    io.stdout(format === 'json' ? `${JSON.stringify(result, null, 2)}\n` : asText(result, hint));
    return result.different + result.undecided === 0 ? 0 : 1;
  },
};

/** `parseArgs` knows no option whose value may be left out: the empty name stands for the setting. */
function withTopicName(argv: readonly string[]): string[] {
  return argv.map((arg, index) => (arg === '--topic' && (argv[index + 1] ?? '--').startsWith('--') ? '--topic=' : arg));
}

/** @returns `null` unless exactly one is named */
function sourceOf(
  { events, realm, topic }: Readonly<Record<'events' | 'realm' | 'topic', string | undefined>>,
  since: number,
): Source | null {
  if (events !== undefined) {
    return topic === undefined ? { kind: 'file', path: events, realm } : null;
  }
  if (topic !== undefined) {
    return realm === undefined ? { kind: 'topic', topic, since } : null;
  }
  return realm === undefined ? null : { kind: 'store', realm, since };
}

interface Comparison {
  readonly current: RuleBook;
  readonly proposed: RuleBook;
  readonly source: Source;
  readonly users: boolean;
}

async function compare({ current, proposed, source, users }: Comparison, io: Io) {
  const opened: Keycloak[] = [];
  const keycloak = (): Keycloak => (opened[0] ??= openKeycloak(io));
  const show = progressOn(io);
  const counts = alwaysCounts(1);
  const alike = comparison(current, proposed);
  const hangsOnUser = (facts: Facts): boolean =>
    !alike(facts) && [current, proposed].some((book) => decide(book, { ...facts, counts }).kind === 'missing');
  const named = [...current.files, ...proposed.files].flatMap(({ realms }) => realms);
  const realms = [...new Set(named)].filter((realm) => !isGlob(realm));
  try {
    const registrations = registrationsFrom(source, { io, keycloak, realms, show });
    const facts = withUsers(
      registrations,
      (registration) => users && hangsOnUser({ registration }),
      (who) => keycloak().users.read(who),
    );
    return await simulate(current, proposed, counted(facts, counts), (done) => show(`${done} registrations judged`));
  } finally {
    await opened[0]?.close();
  }
}

async function* counted(
  all: AsyncIterable<Pick<Facts, 'registration' | 'user'>>,
  counts: ReadonlyMap<string, number>,
): AsyncGenerator<Facts> {
  for await (const { registration, user } of all) {
    yield { registration, user, counts };
  }
}
