import { createTopicWriter } from '../adapters/kafka/topic-writer.ts';
import { handle, type HandleDeps, type Handling, obstacleTo } from '../operate/dead-letters/handle.ts';
import type { Letter } from '../operate/dead-letters/letter.ts';
import { letterAsJson, planAsText } from '../operate/dead-letters/print.ts';
import { actorOf } from './actor.ts';
import { ableOf, assertOneOrAll, changeListed, changeOptions, type Wish as Changing } from './change-listed.ts';
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
      ...changeOptions,
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
      assertOneOrAll(argument, values.all, 'a dead letter');
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

interface Wish extends Changing {
  readonly letters: readonly Letter[];
  readonly again: boolean;
  readonly unreadable: boolean;
  readonly names: boolean;
  readonly by: string | undefined;
  readonly reason: string | undefined;
}

async function run(how: Handling, wish: Wish, systems: Systems, io: Io): Promise<number> {
  const { letters } = wish;
  const eventsTopic = topicsOf(io).KAFKA_EVENTS_TOPIC;
  const obstacleOf = (letter: Letter) => obstacleTo(how, letter, eventsTopic, wish);
  const able = ableOf({ nameOf: ({ id }) => id, obstacleTo: obstacleOf }, letters, io);
  const people = await peopleOf(io, able, wish.names);
  return changeListed(
    {
      ...words[how],
      how,
      noun: 'dead letter',
      asJson: (letter) => letterAsJson(letter, people),
      planOf: (all) => planAsText(how, all, people),
      showsPlan: true,
      changeAll: (all) => handleAll(how, all, { wish, systems, io }),
    },
    able,
    letters.length - able.length,
    wish,
    io,
  );
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
