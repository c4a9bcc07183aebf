import { createTopicWriter } from '../adapters/kafka/topic-writer.ts';
import { handle, type HandleDeps, type Handling, obstacleTo } from '../operate/dead-letters/handle.ts';
import type { Letter } from '../operate/dead-letters/letter.ts';
import { letterAsJson, planAsText } from '../operate/dead-letters/print.ts';
import { counted } from '../operate/jobs/print.ts';
import { actorOf, actorOptions } from './actor.ts';
import { command, type Command, type Io } from './command.ts';
import {
  filterOf,
  filterOptions,
  letterNamed,
  oneLetter,
  peopleOf,
  readLetters,
  recordsOf,
} from './dead-letters-read.ts';
import { limitOf, nameOptions } from './jobs-options.ts';
import { UsageError } from './parse.ts';
import { type Systems, topicsOf, withSystems } from './systems.ts';

const words = {
  replay: { summary: 'send records to the events topic again, as they came', done: 'sent again', question: 'Send?' },
  drop: {
    summary: 'note that a record needs nothing more, so that it is not listed as open',
    done: 'dropped',
    question: 'Drop? The records will not be handled.',
  },
} as const;

const atOnce = 100;

export const replayLetters = changing('replay');
export const dropLetters = changing('drop');

function changing(how: Handling): Command {
  return command({
    name: `dead-letters ${how}`,
    summary: words[how].summary,
    forms: ['PARTITION/OFFSET [OPTIONS]', '--all [--code CODE] [--since TIME] [OPTIONS]'],
    argument: oneLetter,
    options: {
      all: { group: filterOptions.state.group, about: 'all that the filters let through' },
      ...filterOptions,
      again: { about: 'also what was replayed or dropped before' },
      unreadable: { about: 'replay: also what this version still cannot read' },
      'dry-run': { about: 'only show what would be done' },
      yes: { about: 'do not ask' },
      ...actorOptions,
      ...nameOptions,
    },
    notes: [
      'With --all: 1000 at most, unless --limit says otherwise. As many without a signature are looked into at once; ' +
        'of more, the service may drop some. One alone is replayed without a question.',
      'Writes the events topic (replay), a note to the dead-letter topic, and the audit, where the record says whom it ' +
        'concerns: KAFKA_... The service need not run; it reads a replayed record when it does.',
      'Exit code: 0 done, or nothing to do; 1 some or all were not changed; 2 could not run.',
    ],
    async run({ values, argument }, io) {
      if ((argument === undefined) === !values.all) {
        throw new UsageError(
          argument === undefined ? 'Name a dead letter, or give --all' : 'Name a dead letter or give --all, not both',
        );
      }
      const limit = limitOf(values.limit, 1_000);
      const matches = await filterOf(values, io, Date.now());
      return withSystems(io, async (systems) => {
        const all = await readLetters(systems, io);
        const letters = argument === undefined ? all.filter(matches).slice(0, limit) : [letterNamed(all, argument)];
        return run(how, { letters, asks: argument === undefined || how === 'drop', ...values }, systems, io);
      });
    },
  });
}

interface Wish {
  readonly letters: readonly Letter[];
  readonly asks: boolean;
  readonly again: boolean;
  readonly unreadable: boolean;
  readonly 'dry-run': boolean;
  readonly yes: boolean;
  readonly names: boolean;
  readonly format: 'text' | 'json';
  readonly by: string | undefined;
  readonly reason: string | undefined;
}

async function run(how: Handling, wish: Wish, systems: Systems, io: Io): Promise<number> {
  const { letters, format } = wish;
  const eventsTopic = topicsOf(io).KAFKA_EVENTS_TOPIC;
  const obstacles = new Map(letters.map((letter) => [letter, obstacleTo(how, letter, eventsTopic, wish)]));
  const able = letters.filter((letter) => obstacles.get(letter) === null);
  for (const [{ id }, obstacle] of obstacles) {
    if (obstacle !== null) {
      io.stderr(`${id} is left alone: ${obstacle}\n`);
    }
  }
  const missed = letters.length - able.length;
  const people = await peopleOf(io, able, wish.names);
  const output = (done: readonly Letter[]) =>
    format === 'json' &&
    io.stdout(`${JSON.stringify({ [how]: done.map((letter) => letterAsJson(letter, people)) }, null, 2)}\n`);
  const tell = (text: string) => (format === 'json' ? io.stderr(text) : io.stdout(text));
  if (able.length === 0) {
    tell(`Nothing to ${how}.\n`);
    output([]);
    return missed === 0 ? 0 : 1;
  }
  tell(planAsText(how, able, people));
  if (wish['dry-run']) {
    output(able);
    return 0;
  }
  if (wish.asks && !wish.yes && !(await io.agreed?.(words[how].question))) {
    io.stderr(`Nothing was changed.${io.agreed ? '' : ' There is no terminal to ask in: add --yes.'}\n`);
    return 1;
  }
  const done = await handleAll(how, able, { wish, systems, io });
  output(done);
  tell(`${counted(done.length, 'dead letter')} ${words[how].done}\n`);
  return missed + able.length - done.length === 0 ? 0 : 1;
}

interface Doing {
  readonly wish: Wish;
  readonly systems: Systems;
  readonly io: Io;
}

async function handleAll(how: Handling, able: readonly Letter[], { wish, systems, io }: Doing): Promise<Letter[]> {
  const records = await recordsOf(systems, io, able);
  const config = topicsOf(io);
  const producer = await systems.producer();
  const deps: HandleDeps = {
    events: createTopicWriter(producer, config.KAFKA_EVENTS_TOPIC),
    deadLetters: createTopicWriter(producer, config.KAFKA_DEAD_LETTER_TOPIC),
    audit: await systems.audit(),
    ...actorOf(wish),
    now: Date.now,
  };
  const there = able.flatMap((letter) => {
    const record = records.get(letter.id);
    return record === undefined ? [] : [{ letter, record }];
  });
  for (const { id } of able.filter(({ id }) => !records.has(id))) {
    io.stderr(`${id} is left alone: the topic let it go meanwhile\n`);
  }
  const done: Letter[] = [];
  try {
    for (let start = 0; start < there.length; start += atOnce) {
      const some = there.slice(start, start + atOnce);
      // The writers keep the order in which they are asked.
      await Promise.all(some.map((each) => handle(how, each, deps)));
      done.push(...some.map(({ letter }) => letter));
    }
    return done;
  } catch (error) {
    io.stderr(`At least ${done.length} of ${able.length} were ${words[how].done} before the fault.\n`);
    throw error;
  }
}
