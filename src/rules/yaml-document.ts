import { isMap, isPair, isScalar, isSeq, LineCounter, type Node, type Pair, parseDocument, visit, type YAMLMap } from 'yaml';

import type { Problem } from './problem.ts';

/** A rule file is written by hand: what is larger is a mistake or an attack. Parsing time grows with the square of keys. */
const limits = { bytes: 256 * 1024, depth: 40, lines: 8_000 };
const forbiddenKeys = new Set(['__proto__', 'constructor', 'prototype']);

/** Collects problems at places of one file. */
export class Report {
  readonly problems: Problem[] = [];
  readonly #file: string;
  readonly #lines: LineCounter;

  constructor(file: string, lines: LineCounter) {
    this.#file = file;
    this.#lines = lines;
  }

  add(node: Node | null | undefined, message: string, remedy = '', severity: Problem['severity'] = 'error'): void {
    const { line, col } = this.place(node);
    this.problems.push({ file: this.#file, line, col, severity, message, ...(remedy === '' ? {} : { remedy }) });
  }

  place(node: Node | null | undefined): { line: number; col: number } {
    const offset = node?.range?.[0];
    const { line, col } = offset === undefined ? { line: 1, col: 1 } : this.#lines.linePos(offset);
    return { line: Math.max(line, 1), col: Math.max(col, 1) };
  }
}

/** Reads YAML as far as it can be trusted: bounded in size and depth, no aliases, no tags, one document. */
export function readYaml(file: string, text: string): { root: Node | null; report: Report } {
  const lines = new LineCounter();
  const report = new Report(file, lines);
  const tooMuch = exceeds(text);
  if (tooMuch !== null) {
    report.add(null, tooMuch, 'split it into several files');
    return { root: null, report };
  }
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true, merge: false });
  for (const { pos, message } of [...document.errors, ...document.warnings]) {
    const { line, col } = lines.linePos(pos[0]);
    report.problems.push({ file, line: Math.max(line, 1), col: Math.max(col, 1), severity: 'error', message: `not the YAML of a rule file: ${message.split('\n')[0] ?? ''}` });
  }
  visit(document, {
    Alias: (_, node) => report.add(node, `aliases such as *${node.source} are not allowed`, 'write the value out'),
    Node: (_, node) => {
      if ('anchor' in node && node.anchor !== undefined) {
        report.add(node, `anchors such as &${node.anchor} are not allowed`, 'write the value out');
      }
    },
    Pair: (_, pair) => {
      if (isScalar(pair.key) && forbiddenKeys.has(String(pair.key.value))) {
        report.add(pair.key, `the key ${String(pair.key.value)} is not allowed`);
      }
    },
  });
  return { root: document.contents, report };
}

/** Looked at before parsing: the parser itself takes minutes on 50,000 keys, and may die of 100,000 levels. */
function exceeds(text: string): string | null {
  if (Buffer.byteLength(text) > limits.bytes) {
    return `the file is larger than ${limits.bytes / 1024} KiB`;
  }
  const rows = text.split('\n');
  if (rows.length > limits.lines) {
    return `the file has more than ${limits.lines} lines`;
  }
  let flow = 0;
  for (const row of rows) {
    const indent = row.search(/[^ ]/);
    const dashes = /^\s*(?:-\s+)+/.exec(row)?.[0].split('-').length ?? 0;
    for (const character of row) {
      flow += character === '[' || character === '{' ? 1 : character === ']' || character === '}' ? -1 : 0;
      if (flow > limits.depth) {
        return `the file nests deeper than ${limits.depth} levels`;
      }
    }
    if (indent > limits.depth * 6 || dashes > limits.depth) {
      return `the file nests deeper than ${limits.depth} levels`;
    }
    flow = Math.max(flow, 0);
  }
  const commas = text.length - text.replaceAll(',', '').length;
  return commas > limits.lines ? `the file has more than ${limits.lines} entries` : null;
}

export interface Entry {
  readonly key: string;
  readonly keyNode: Node;
  readonly value: Node | null;
}

/** The entries of a map whose keys are text. */
export function entriesOf(map: YAMLMap): Entry[] {
  return map.items.flatMap((item: Pair) =>
    isPair(item) && isScalar(item.key) ? [{ key: String(item.key.value), keyNode: item.key as Node, value: (item.value ?? null) as Node | null }] : [],
  );
}

/** The key at a path of a plain value. */
export function keyAt(node: Node | null, path: readonly PropertyKey[]): Node | null {
  const parent = nodeAt(node, path.slice(0, -1));
  const key = String(path.at(-1));
  return isMap(parent) ? (entriesOf(parent).find((entry) => entry.key === key)?.keyNode ?? null) : null;
}

/** The node at a path of a plain value, or the nearest one above it. */
export function nodeAt(node: Node | null, path: readonly PropertyKey[]): Node | null {
  let current = node;
  for (const step of path) {
    const next = isMap(current)
      ? entriesOf(current).find(({ key }) => key === String(step))?.value
      : isSeq(current)
        ? (current.items[Number(step)] as Node | undefined)
        : undefined;
    if (next === undefined || next === null) {
      break;
    }
    current = next;
  }
  return current;
}
