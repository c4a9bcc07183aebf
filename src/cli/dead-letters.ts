import { letterAsJson, letterAsText, letterInFull } from '../operate/dead-letters/print.ts';
import { counted } from '../operate/jobs/print.ts';
import { command } from './command.ts';
import { dropLetters, replayLetters } from './dead-letters-change.ts';
import { filterOf, filterOptions, letterNamed, oneLetter, peopleOf, readLetters } from './dead-letters-read.ts';
import { commandGroup } from './group.ts';
import { limitOf, nameOptions } from './jobs-options.ts';
import { missing } from './parse.ts';
import { withSystems } from './systems.ts';

const settings =
  'Reads the topic KAFKA_DEAD_LETTER_TOPIC, found by the settings KAFKA_...; the service need not run. With --names ' +
  'also Keycloak, as "explain" does.';

const list = command({
  name: 'dead-letters list',
  summary: 'list records of the events topic that could not be read, and whether they can be now',
  options: { ...filterOptions, ...nameOptions },
  notes: [settings, 'Without --limit: 100. Exit code: 0 listed, also where there is none, 2 could not run.'],
  async run({ values }, io) {
    const limit = limitOf(values.limit, 100);
    const matches = await filterOf(values, io, Date.now());
    return withSystems(io, async (systems) => {
      const all = (await readLetters(systems, io)).filter(matches);
      const letters = all.slice(0, limit);
      const people = await peopleOf(io, letters, values.names);
      if (values.format === 'json') {
        const shown = letters.map((letter) => letterAsJson(letter, people));
        io.stdout(`${JSON.stringify({ total: all.length, deadLetters: shown }, null, 2)}\n`);
        return 0;
      }
      io.stdout(letters.map((letter) => letterAsText(letter, people, io.paint?.stdout)).join(''));
      const more = all.length > letters.length ? `; ${all.length - letters.length} more match, see --limit` : '';
      const readable = all.filter(({ reading }) => !('unreadable' in reading)).length;
      io.stdout(
        `${counted(letters.length, 'dead letter')}${more}; this version can read ${readable} of ${all.length}\n`,
      );
      return 0;
    });
  },
});

const show = command({
  name: 'dead-letters show',
  summary: 'show all that is known of one dead letter: its origin, its fault, and what operators did with it',
  argument: oneLetter,
  options: nameOptions,
  notes: [
    settings,
    'What the record holds is not shown: it may be what a person typed. Its origin says where to read it.',
    'Exit code: 0 shown, 2 there is no such dead letter, or could not run.',
  ],
  async run({ values, argument }, io) {
    if (argument === undefined) {
      throw missing(['PARTITION/OFFSET']);
    }
    return withSystems(io, async (systems) => {
      const letter = letterNamed(await readLetters(systems, io), argument);
      const people = await peopleOf(io, [letter], values.names);
      io.stdout(
        values.format === 'json'
          ? `${JSON.stringify(letterAsJson(letter, people), null, 2)}\n`
          : letterInFull(letter, people, io.paint?.stdout),
      );
      return 0;
    });
  },
});

export const deadLetters = commandGroup({
  name: 'dead-letters',
  summary: 'list records that could not be read, send them again, or drop them',
  commands: { list, show, replay: replayLetters, drop: dropLetters },
});
