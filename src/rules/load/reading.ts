import { isMap, isScalar, isSeq, type Node } from 'yaml';

import { text } from '../conditions/operands.ts';
import { meantBy } from './meant.ts';
import type { ReadList } from './list-file.ts';
import type { ReadLogo } from './logo.ts';
import type { Report } from './report.ts';
import { type Entry, entriesOf, itemsOf } from './yaml-document.ts';

/** A file being read: where problems go, and where list files and logos come from. */
export interface Reading {
  readonly file: string;
  readonly report: Report;
  readonly readList: ReadList;
  readonly readLogo: ReadLogo;
}

/** A map with none but known keys. */
export function readMap(
  { report }: Pick<Reading, 'report'>,
  node: Node | null,
  place: string,
  known: readonly string[],
): ReadonlyMap<string, Entry> {
  const prefix = place === '' ? '' : `${place}: `;
  if (!isMap(node)) {
    report.add(node, `${prefix}must be a map with ${known.join(', ')}`);
    return new Map();
  }
  const entries = entriesOf(node);
  for (const { key, keyNode } of entries.filter(({ key }) => !known.includes(key))) {
    report.add(keyNode, `${prefix}unknown key "${key}"`, meantBy(key, known));
  }
  return new Map(entries.map((entry) => [entry.key, entry]));
}

/** @param above where the list should stand, for when there is none */
export function readList(
  { report }: Pick<Reading, 'report'>,
  node: Node | null | undefined,
  place: string,
  above: Node | null,
): readonly Node[] {
  if (!isSeq(node)) {
    report.add(node ?? above, `${place}: must be a list`, 'start each entry with "- "');
  }
  return itemsOf(node);
}

export function readText({ report }: Pick<Reading, 'report'>, node: Node | null, place: string): string {
  const value = isScalar(node) ? node.value : null;
  if (typeof value !== 'string' || value === '') {
    const quotable = typeof value === 'number' || typeof value === 'boolean';
    report.add(node, `${place}: must be text`, quotable ? `write it in quotes: "${String(value)}"` : '');
    return '';
  }
  const fault = text.safeParse(value).error?.issues[0];
  if (fault !== undefined) {
    report.add(node, `${place}: ${fault.message}`);
  }
  return value;
}

export function readFlag({ report }: Pick<Reading, 'report'>, entry: Entry | undefined, place: string): boolean {
  const value = entry === undefined ? false : isScalar(entry.value) ? entry.value.value : null;
  if (typeof value !== 'boolean') {
    report.add(entry?.value ?? entry?.keyNode, `${place}: must be true or false`);
  }
  return value === true;
}
