import { readTopic } from '../adapters/kafka/topic-reader.ts';
import { idOf, type Letter, LetterFolder, type TopicRecord } from '../operate/dead-letters/letter.ts';
import { refOf } from '../operate/dead-letters/print.ts';
import { byId, named, type People } from '../operate/people.ts';
import type { Io } from './command.ts';
import { refuseUnknownCode } from './jobs-options.ts';
import { withKeycloak } from './keycloak.ts';
import { momentOf } from './moment.ts';
import { missing, type Option, UsageError } from './parse.ts';
import { isUserId, userIdOf } from './person.ts';
import { progressOn } from './progress.ts';
import { type Systems, topicsOf } from './systems.ts';

const group = 'Which dead letters';
const states = ['open', 'replayed', 'dropped'] as const;

export const filterOptions = {
  state: { group, among: states, many: true, about: 'in this state; default: open' },
  realm: { group, value: 'REALM', about: 'of this realm, as far as the record says it' },
  client: { group, value: 'CLIENT', about: 'of a registration for this client, as far as the record says it' },
  user: { group, value: 'NAME|ID|MAIL', about: 'about this person; other than by id with --realm' },
  code: { group, value: 'CODE', about: 'kept because of this error, such as EVENT_UNREADABLE' },
  since: { group, value: 'TIME', about: 'kept since then: 2h ago, or 2026-11-24T10:00:00Z' },
  before: { group, value: 'TIME', about: 'kept before then' },
  limit: { group, value: 'COUNT', about: 'no more than so many' },
} as const satisfies Readonly<Record<string, Option>>;

export const oneLetter = { value: 'PARTITION/OFFSET', about: 'one dead letter, as "dead-letters list" names it' };

export interface Asked {
  readonly state: readonly Letter['state'][];
  readonly realm: string | undefined;
  readonly client: string | undefined;
  readonly user: string | undefined;
  readonly code: string | undefined;
  readonly since: string | undefined;
  readonly before: string | undefined;
}

/** @throws UsageError */
export async function filterOf(asked: Asked, io: Io, now: number): Promise<(letter: Letter) => boolean> {
  const { realm, client, code, user } = asked;
  if (user !== undefined && realm === undefined && !isUserId(user)) {
    throw missing(['--realm']);
  }
  refuseUnknownCode(code);
  const userId = user === undefined ? undefined : await userIdOf(io, realm ?? '', user);
  const moment = (option: 'since' | 'before', otherwise: number) => {
    const text = asked[option];
    return text === undefined ? otherwise : momentOf(option, text, now);
  };
  const [since, before] = [moment('since', -Infinity), moment('before', Infinity)];
  const wanted = asked.state.length === 0 ? ['open'] : asked.state;
  return ({ state, concerns, ...letter }) =>
    wanted.includes(state) &&
    [
      [realm, concerns.realm],
      [client, concerns.clientId],
      [userId, concerns.userId],
      [code, letter.code],
    ].every(([want, has]) => want === undefined || want === has) &&
    Date.parse(letter.at) >= since &&
    Date.parse(letter.at) < before;
}

/** Reads the whole topic: a note may come long after its letter. */
export async function readLetters(systems: Systems, io: Io): Promise<readonly Letter[]> {
  const folder = new LetterFolder();
  await eachRecord(systems, io, (record) => folder.add(record));
  return folder.letters();
}

/** The records of these letters, as the topic has them. */
export async function recordsOf(
  systems: Systems,
  io: Io,
  letters: readonly Letter[],
): Promise<ReadonlyMap<string, TopicRecord>> {
  const wanted = new Set(letters.map(({ id }) => id));
  const records = new Map<string, TopicRecord>();
  await eachRecord(systems, io, (record) => {
    if (wanted.has(idOf(record))) {
      records.set(idOf(record), record);
    }
  });
  return records;
}

async function eachRecord(systems: Systems, io: Io, onRecord: (record: TopicRecord) => void): Promise<void> {
  const config = topicsOf(io);
  const show = progressOn(io);
  let read = 0;
  await readTopic({
    kafka: systems.kafka(),
    topic: config.KAFKA_DEAD_LETTER_TOPIC,
    setting: 'KAFKA_DEAD_LETTER_TOPIC',
    group: config.KAFKA_GROUP,
    since: 0,
    onRecord(value, total, { key, offset, headers = {} }, partition) {
      show(`${++read} of ${total} records read`);
      onRecord({ partition, offset, key, value, headers });
    },
  });
}

/** @throws UsageError where it is no name of a letter, or there is none of that name */
export function letterNamed(letters: readonly Letter[], name: string): Letter {
  const letter = letters.find(({ id }) => id === name);
  if (letter === undefined) {
    throw new UsageError(
      `There is no dead letter "${name}": it is named PARTITION/OFFSET, as "vestibule dead-letters list" shows it`,
    );
  }
  return letter;
}

export function peopleOf(io: Io, letters: readonly Letter[], names: boolean): Promise<People> {
  const people = letters.flatMap(({ concerns }) => refOf(concerns) ?? []);
  return names && people.length > 0
    ? withKeycloak(io, ({ users }) => named(people, (who) => users.read(who)))
    : Promise.resolve(byId);
}
