import type { Paint } from '../platform/paint.ts';
import { type Option, type Options, takesValue, valueName } from './parse.ts';

const width = 100;

/** What help says of a command. */
export interface Described {
  readonly name: string;
  readonly summary: string;
  /** Ways to call it, without "vestibule NAME". The default names the argument, what must be given, and "[OPTIONS]". */
  readonly forms?: readonly string[];
  /** The one argument without a name. */
  readonly argument?: { readonly value: string; readonly about: string };
  readonly options: Options;
  /** Paragraphs below the options. */
  readonly notes?: readonly string[];
}

/** How a command is called, one way on each line. */
export function usageOf({ name, forms, argument, options }: Described, paint: Paint): string {
  const general = [
    ...(argument === undefined ? [] : [`[${argument.value}]`]),
    ...Object.entries(options).flatMap(([option, spec]) => (spec.required ? [shown(option, spec)] : [])),
    ...(Object.keys(options).length === 0 ? [] : ['[OPTIONS]']),
  ].join(' ');
  return [
    paint('bold', 'Usage:'),
    ...(forms ?? [general]).map((form) => `  vestibule ${name} ${form}`.trimEnd()),
    '',
  ].join('\n');
}

export function helpOf(described: Described, paint: Paint): string {
  const { name, summary, argument, options, notes = [] } = described;
  const groups = new Map<string, Row[]>();
  const add = (heading: string, row: Row) => groups.set(heading, [...(groups.get(heading) ?? []), row]);
  if (argument !== undefined) {
    add('Argument', [argument.value, argument.about]);
  }
  for (const [option, spec] of Object.entries(options)) {
    add(spec.group ?? 'Options', [shown(option, spec), aboutOf(spec)]);
  }
  add('Options', ['--help', 'show this']);
  const indent = Math.min(30, Math.max(...[...groups.values()].flat().map(([left]) => left.length)) + 4);
  return [
    `${paint('bold', `vestibule ${name}`)}: ${wrapped(summary, 0, `vestibule ${name}: `.length)}\n`,
    usageOf(described, paint),
    ...[...groups].map(([heading, rows]) => `${paint('bold', `${heading}:`)}\n${table(rows, indent, paint)}`),
    ...notes.map((note) => `${wrapped(note, 0)}\n`),
  ].join('\n');
}

export type Row = readonly [left: string, right: string];

/** Two columns: what can be typed, and what it means. */
export function table(rows: readonly Row[], indent: number, paint: Paint): string {
  return rows
    .map(([left, right]) => {
      const gap = left.length + 4 > indent ? `\n${' '.repeat(indent)}` : ' '.repeat(indent - left.length - 2);
      return `  ${paint('cyan', left)}${gap}${wrapped(right, indent)}\n`;
    })
    .join('');
}

function shown(name: string, spec: Option): string {
  return `--${name}${takesValue(spec) ? ` ${valueName(spec)}` : ''}`;
}

function aboutOf({ about, many, initial }: Option): string {
  const asides = [
    ...(many ? ['may be given several times'] : []),
    ...(initial === undefined ? [] : [`default: ${initial}`]),
  ];
  return asides.length === 0 ? about : `${about} (${asides.join('; ')})`;
}

/** @param taken what stands on the first line already */
function wrapped(text: string, indent: number, taken = 0): string {
  const lines = [''];
  for (const word of text.split(' ')) {
    const line = lines.at(-1) ?? '';
    const before = lines.length === 1 ? indent + taken : indent;
    if (line !== '' && before + line.length + word.length >= width) {
      lines.push(word);
    } else {
      lines[lines.length - 1] = line === '' ? word : `${line} ${word}`;
    }
  }
  return lines.join(`\n${' '.repeat(indent)}`);
}
