import { Liquid, type Template } from 'liquidjs';

import { defanged, oneLine } from '../../platform/safe-text.ts';

/** What there is of Liquid: enough to leave a sentence out. No loops, no assignments, no other files. */
export const allowedTags: readonly string[] = ['if', 'unless', 'case', 'comment', '#'];
export const allowedFilters: readonly string[] = ['default', 'capitalize', 'downcase', 'upcase', 'truncate'];

/** A mail has a few conditions. Without a limit, conditions in conditions would use up the stack. */
const maxTags = 100;
/** Nothing loops, so each of these is far more than a template can need. */
const limits = { parseLimit: 32_768, renderLimit: 5_000, memoryLimit: 200_000 };

/** Longer values are cut. */
const longestValue = 500;

// What a template writes is text, and values in it are marked. Neither can hold these signs: no template is taken with a
// control character in it, and values lose theirs.
const own = { start: '\u0001', end: '\u0002' };
const typed = { start: '\u0003', end: '\u0004' };
const slot = { start: '\u0005', end: '\u0006' };
const trusted = /^\u0001([^\u0001\u0002]*)\u0002$/;
const onlySlot = /^\u0005([a-z]+)\u0006$/;
const marks = /[\u0001-\u0006]/g;

export type Values = Readonly<Record<string, string | null>>;

/** A part of a mail: words, or the name of something that the mail brings along, such as its button. */
export type Part = { readonly text: string } | { readonly slot: string };

/** A value of our own making, such as a date. What a person typed is handed over as it is. */
export function ofOurs(value: string): string {
  return own.start + value.replaceAll(marks, '') + own.end;
}

/** The place of something that the mail brings along. */
export function placeOf(name: string): string {
  return slot.start + name + slot.end;
}

function createEngine(): Liquid {
  const engine = new Liquid({
    ...limits,
    strictFilters: true,
    strictVariables: true,
    ownPropertyOnly: true,
    dynamicPartials: false,
    relativeReference: false,
    templates: {},
    cache: false,
    outputEscape: written,
  });
  for (const name of Object.keys(engine.tags).filter((name) => !allowedTags.includes(name))) {
    delete engine.tags[name];
  }
  for (const name of Object.keys(engine.filters).filter((name) => !allowedFilters.includes(name))) {
    engine.unregisterFilter(name);
  }
  return engine;
}

/** What is written of a value: one line, and marked unless it is of ours. A filter that cuts our mark makes it typed. */
function written(value: unknown): string {
  const text = typeof value === 'string' || typeof value === 'number' ? String(value) : '';
  if (onlySlot.test(text)) {
    return text;
  }
  const [, ours] = trusted.exec(text) ?? [];
  const clean = oneLine((ours ?? text).replaceAll(marks, ' '), longestValue);
  return ours !== undefined || clean === '' ? clean : typed.start + clean + typed.end;
}

const engine = createEngine();

/** @throws Error of the engine, with a `token` that says where */
export function parsed(source: string): Template[] {
  if ((source.match(/\{%/g) ?? []).length > maxTags) {
    throw new Error(`it has more than ${maxTags} tags`);
  }
  return engine.parse(source);
}

interface Named {
  readonly name: string;
  /** It asks for something inside the variable, and there is nothing. */
  readonly partly: boolean;
  readonly line: number;
  readonly col: number;
}

/** The variables that it names, each with its place. */
export function variablesOf(template: Template[]): readonly Named[] {
  return Object.values(engine.analyzeSync(template, { partials: false }).variables)
    .flat()
    .map(({ segments: [name, ...parts], location: { row, col } }) => ({
      name: String(name),
      partly: parts.length > 0,
      line: row,
      col,
    }))
    .toSorted((left, right) => left.line - right.line || left.col - right.col);
}

/** @throws Error of the engine */
export function render(template: Template[], values: Values): string {
  return String(engine.renderSync(template, values));
}

/** One line of text: a word with something typed in it can become no link. */
export function lineOf(rendered: string, longest = 5_000): string {
  let inside = false;
  const words = rendered.split(/\s+/u).map((word) => {
    const touched = inside || word.includes(typed.start);
    inside = word.lastIndexOf(typed.start) > word.lastIndexOf(typed.end) || (inside && !word.includes(typed.end));
    const clean = word.replaceAll(marks, '');
    return touched ? defanged(clean) : clean;
  });
  return oneLine(words.join(' '), longest);
}

/** The paragraphs, which empty lines part. @throws Error where something that stands alone does not */
export function partsOf(rendered: string): readonly Part[] {
  return rendered.split(/\n[ \t]*(?=\n)/).flatMap((paragraph): Part[] => {
    const [, name] = onlySlot.exec(paragraph.trim()) ?? [];
    if (name !== undefined) {
      return [{ slot: name }];
    }
    if (paragraph.includes(slot.start)) {
      throw new Error('what the mail brings along stands in the middle of a paragraph');
    }
    const text = lineOf(paragraph);
    return text === '' ? [] : [{ text }];
  });
}
