import {
  isMap,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  parseDocument,
  visit,
  type YAMLMap,
} from 'yaml';

import { Report } from './report.ts';
import { yamlFault } from './yaml-faults.ts';
import { exceeds } from './yaml-limits.ts';

const forbiddenKeys = new Set(['__proto__', 'constructor', 'prototype']);

/** Reads YAML as far as it can be trusted: bounded in size and depth, no aliases, no tags, one document. */
export function readYaml(file: string, text: string): { root: Node | null; report: Report } {
  const lines = new LineCounter();
  const report = new Report(file, lines);
  const tooMuch = exceeds(text);
  if (tooMuch !== null) {
    report.add(null, tooMuch, 'split it into several files, or move long lists into list files');
    return { root: null, report };
  }
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: false, merge: false });
  const fault = yamlFault(text, document);
  if (fault !== null) {
    report.addAt(fault.offset, `not the YAML of a rule file: ${fault.message}`, fault.remedy);
    return { root: null, report };
  }
  visit(document, {
    Alias: (_, node) => report.add(node, `aliases such as *${node.source} are not allowed`, 'write the value out'),
    Value: (_, node) => {
      if (node.anchor !== undefined) {
        report.add(node, `anchors such as &${node.anchor} are not allowed`, 'write the value out');
      }
      if (node.tag !== undefined) {
        report.add(node, `tags such as ${node.tag.replace('tag:yaml.org,2002:', '!!')} are not allowed`, 'take it out');
      }
    },
    Map: (_, map) => {
      // The parser's own check is off, because its time grows with the square of the number of keys.
      const seen = new Set<string>();
      for (const { key, keyNode } of entriesOf(map)) {
        if (seen.has(key)) {
          report.add(keyNode, `the key ${key} stands here twice`, 'leave one of them');
        }
        seen.add(key);
      }
    },
    Pair: (_, { key }) => {
      if (!isScalar(key)) {
        report.add(key as Node | null, 'a key must be text');
      } else if (forbiddenKeys.has(String(key.value))) {
        report.add(key, `the key ${String(key.value)} is not allowed`);
      }
    },
  });
  return { root: document.contents, report };
}

export interface Entry {
  readonly key: string;
  readonly keyNode: Node;
  readonly value: Node | null;
}

/** The entries of a map; its keys are text. */
export function entriesOf(map: YAMLMap): Entry[] {
  return map.items.flatMap((item: Pair) =>
    isPair(item) && isScalar(item.key)
      ? [{ key: String(item.key.value), keyNode: item.key as Node, value: (item.value ?? null) as Node | null }]
      : [],
  );
}

export function itemsOf(node: Node | null | undefined): readonly Node[] {
  return isSeq(node) ? (node.items as Node[]) : [];
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
      : itemsOf(current)[Number(step)];
    if (next === undefined || next === null) {
      break;
    }
    current = next;
  }
  return current;
}

/** A node as a plain value. Forbidden keys are reported before, so that no key can reach a prototype. */
export function plain(node: Node | null): unknown {
  if (isMap(node)) {
    return Object.fromEntries(entriesOf(node).map(({ key, value }) => [key, plain(value)]));
  }
  if (isSeq(node)) {
    return itemsOf(node).map(plain);
  }
  return isScalar(node) ? node.value : null;
}
