import { type Paint, plain } from '../../platform/paint.ts';
import { oneLine } from '../../platform/safe-text.ts';
import { counted } from '../jobs/print.ts';
import type { People } from '../people.ts';
import type { Handling } from './handle.ts';
import type { Letter, Reading } from './letter.ts';

export function letterAsText(letter: Letter, people: People, paint: Paint = plain): string {
  const { state, id, at, code, because, cut } = letter;
  return [
    `${paint(state === 'open' ? 'red' : 'bold', state)} ${id}, ${at}`,
    `  ${oneLine(code)}: ${oneLine(because, 500)}`,
    `  ${whom(letter, people)}; ${nowReads(letter)}${cut === null ? '' : `; cut: ${cut}`}`,
    '',
  ].join('\n');
}

export function letterInFull(letter: Letter, people: People, paint: Paint = plain): string {
  const { origin, bytes, notes, concerns } = letter;
  return [
    letterAsText(letter, people, paint).trimEnd(),
    `  from ${origin.topic}, partition ${origin.partition}, offset ${origin.offset}, ${counted(bytes, 'byte')}`,
    ...(concerns.eventId === null ? [] : [`  event ${oneLine(concerns.eventId)}`]),
    ...notes.map(({ kind, by, because, at }) => `  ${kind} ${at} by ${oneLine(by)}: ${oneLine(because)}`),
    '',
  ].join('\n');
}

export function letterAsJson({ reading, concerns, ...letter }: Letter, people: People): object {
  return {
    ...letter,
    ...concerns,
    reads: 'unreadable' in reading ? null : reading.kind,
    unreadable: 'unreadable' in reading ? reading.unreadable : null,
    person: refOf(concerns) === null ? null : people.call(refOf(concerns) ?? { realm: '', userId: '' }),
  };
}

export function planAsText(how: Handling, letters: readonly Letter[], people: People, shown = 10): string {
  const lines = letters.slice(0, shown).map((letter) => `  ${letter.id}: ${whatComes(how, letter, people)}`);
  const more = letters.length - lines.length;
  return [
    `${how}: ${counted(letters.length, 'dead letter')}`,
    ...lines,
    ...(more > 0 ? [`  and ${more} more`] : []),
    '',
  ].join('\n');
}

/** What the service does with it, or never will. */
function whatComes(how: Handling, letter: Letter, people: People): string {
  return how === 'drop'
    ? `the record of ${whom(letter, people)} will not be handled`
    : `${whom(letter, people)}; ${inWords(letter.reading)}`;
}

/** For a look-up in Keycloak; `null`: the record does not say who it is. */
export function refOf({ realm, userId }: Letter['concerns']) {
  return realm === null || userId === null ? null : { realm, userId };
}

function whom({ concerns }: Letter, people: People): string {
  const who = refOf(concerns);
  const client = concerns.clientId === null ? '' : `, client ${oneLine(concerns.clientId)}`;
  return who === null
    ? 'a person whom it does not name'
    : `${oneLine(people.call(who))} of realm ${oneLine(who.realm)}${client}`;
}

/** The cause stands above already: it is said again only if it is another one now. */
function nowReads({ reading, because }: Letter): string {
  return 'unreadable' in reading && reading.unreadable === because
    ? 'this version cannot read it either'
    : inWords(reading);
}

function inWords(reading: Reading): string {
  if ('unreadable' in reading) {
    return `this version cannot read it: ${oneLine(reading.unreadable, 500)}`;
  }
  return reading.kind === 'ignored' ? 'read, but the service ignores its type' : `read as ${reading.kind}`;
}
