import type { Template } from 'liquidjs';

import { didYouMean } from '../../platform/did-you-mean.ts';
import { oneLine } from '../../platform/safe-text.ts';
import {
  allowedFilters,
  allowedTags,
  lineOf,
  ofOurs,
  type Part,
  parsed,
  partsOf,
  placeOf,
  render,
  type Values,
  variablesOf,
} from './engine.ts';
import type { TemplateMessage } from './messages.ts';

/** What is wrong with a template, and where. */
export interface Fault {
  readonly line: number;
  readonly col: number;
  readonly message: string;
  readonly remedy?: string;
}

/** What a template makes of values. */
export interface Written {
  readonly subject: string;
  /** The first line of the mail; the subject where the template has no other. */
  readonly heading: string;
  readonly parts: readonly Part[];
}

export interface Compiled {
  /**
   * @param values those that are missing are empty
   * @param slots what this mail brings along
   * @throws Error when the template makes no mail of them
   */
  write(values: Values, slots: readonly string[]): Written;
}

/** A piece of a template, blank where the others stand: so places in it are places in the file. */
interface Piece {
  readonly where: 'Subject' | 'Heading' | 'text';
  readonly source: string;
}

interface Parsed extends Piece {
  readonly template: Template[];
}

const longestSubject = 150;
const longestTyped = 80;

/** Reads a template of a message, or finds all that is wrong with it. */
export function compile(text: string, message: TemplateMessage): Compiled | { readonly faults: readonly Fault[] } {
  const source = text.replaceAll('\r\n', '\n');
  const pieces = piecesOf(source);
  if ('faults' in pieces) {
    return pieces;
  }
  const faults: Fault[] = [];
  const read = pieces.pieces.flatMap((piece): Parsed[] => {
    try {
      return [{ ...piece, template: parsed(piece.source) }];
    } catch (error) {
      faults.push(faultOf(error));
      return [];
    }
  });
  faults.push(...read.flatMap((piece) => wrongNames(piece, message)));
  return faults.length > 0 ? { faults } : { write: (values, slots) => write(read, message, values, slots) };
}

function write(pieces: readonly Parsed[], message: TemplateMessage, values: Values, slots: readonly string[]): Written {
  const scope = scopeOf(message, values, slots);
  const made = new Map(pieces.map(({ where, template }) => [where, render(template, scope)]));
  const subject = lineOf(made.get('Subject') ?? '', longestSubject);
  const parts = partsOf(made.get('text') ?? '');
  if (subject === '' || parts.length === 0) {
    throw new Error(subject === '' ? 'the subject is empty' : 'there is no text');
  }
  const { needs } = message;
  if (needs !== undefined && !parts.some((part) => 'slot' in part && part.slot === needs)) {
    throw new Error(`it has no {{ ${needs} }}`);
  }
  return { subject, heading: lineOf(made.get('Heading') ?? '') || subject, parts };
}

function scopeOf({ variables, slots }: TemplateMessage, values: Values, there: readonly string[]): Values {
  const valueOf = (name: string): string | null => (Object.hasOwn(values, name) ? values[name] : null) || null;
  return Object.fromEntries([
    ...Object.entries(variables).map(([name, { ours, longest = longestTyped }]) => {
      const value = valueOf(name);
      return [name, value === null ? null : ours === true ? ofOurs(value) : oneLine(value, longest)];
    }),
    ...Object.keys(slots).map((name) => [name, there.includes(name) ? placeOf(name) : null]),
  ]) as Values;
}

const headed = 'the first line is "Subject: ...", the second may be "Heading: ...", then comes an empty line';

function piecesOf(source: string): { readonly pieces: readonly Piece[] } | { readonly faults: readonly Fault[] } {
  const control = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/.exec(source);
  if (control !== null) {
    return { faults: [{ ...placeIn(source, control.index), message: 'must not hold control characters' }] };
  }
  const lines = source.split('\n');
  const pieces: Piece[] = [];
  for (const where of ['Subject', 'Heading'] as const) {
    const row = pieces.length;
    const [, head, rest] = /^([A-Za-z]+:)[ \t]*(\S.*)$/.exec(lines[row] ?? '') ?? [];
    if (head === `${where}:` && rest !== undefined) {
      const before = (lines[row] ?? '').length - rest.length;
      pieces.push({ where, source: '\n'.repeat(row) + ' '.repeat(before) + rest });
    } else if (where === 'Subject') {
      return { faults: [{ line: 1, col: 1, message: 'has no subject', remedy: headed }] };
    }
  }
  const body = pieces.length;
  if ((lines[body] ?? '').trim() !== '') {
    return { faults: [{ line: body + 1, col: 1, message: 'an empty line is missing', remedy: headed }] };
  }
  return { pieces: [...pieces, { where: 'text', source: '\n'.repeat(body) + lines.slice(body).join('\n') }] };
}

function wrongNames({ where, source, template }: Parsed, { variables, slots }: TemplateMessage): Fault[] {
  const names = [...Object.keys(variables), ...Object.keys(slots)];
  const wrong = variablesOf(template).flatMap(({ name, partly, line, col }): Fault[] => {
    if (!names.includes(name)) {
      const remedy = didYouMean(name, names) || `this mail has ${names.join(', ')}`;
      return [{ line, col, message: `unknown variable "${name}"`, remedy }];
    }
    if (where === 'Subject' && variables[name]?.notInSubject === true) {
      const message = `${name} has no place in the subject`;
      return [{ line, col, message, remedy: 'whoever registers types it, to look like another mail: use {{ who }}' }];
    }
    return partly ? [{ line, col, message: `${name} has no parts`, remedy: `write {{ ${name} }}` }] : [];
  });
  return [...wrong, ...notAlone(where, source, Object.keys(slots))];
}

/** What the mail brings along has no place in a sentence. */
function notAlone(where: Piece['where'], source: string, slots: readonly string[]): Fault[] {
  return [...source.matchAll(/\{\{-?\s*([a-z]+)\b[^}]*\}\}/g)].flatMap((match): Fault[] => {
    const [output, name = ''] = match;
    if (!slots.includes(name)) {
      return [];
    }
    const at = placeIn(source, match.index);
    const line = source.split('\n')[at.line - 1] ?? '';
    const alone = where === 'text' && line.trim() === output && /^\{\{\s*[a-z]+\s*\}\}$/.test(output);
    const remedy = `write {{ ${name} }} between two empty lines`;
    return alone ? [] : [{ ...at, message: `${name} is a paragraph of its own`, remedy }];
  });
}

function placeIn(source: string, offset: number): { line: number; col: number } {
  const before = source.slice(0, offset).split('\n');
  return { line: before.length, col: (before.at(-1) ?? '').length + 1 };
}

/** A fault of the engine's in our words. It names its file and place in its message, which stand elsewhere here. */
export function faultOf(error: unknown): Fault {
  const { message, token } = error as Error & { token?: { getPosition(): [number, number] } };
  const [line, col] = token?.getPosition() ?? [1, 1];
  const said = message.replace(/, line:\d+, col:\d+$/, '');
  const [, tag] = /^tag "(.*)" not found$/s.exec(said) ?? [];
  const [, filter] = /^undefined filter: (.*)$/s.exec(said) ?? [];
  if (tag !== undefined) {
    return { line, col, ...unknown('tag', tag, allowedTags) };
  }
  if (filter !== undefined) {
    return { line, col, ...unknown('filter', filter, allowedFilters) };
  }
  return { line, col, message: `makes no mail: ${said}` };
}

function unknown(what: string, word: string, known: readonly string[]): Pick<Fault, 'message' | 'remedy'> {
  const message = `unknown ${what} "${word}"`;
  return { message, remedy: didYouMean(word, known) || `there are ${known.join(', ')}` };
}
