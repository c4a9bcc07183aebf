import { isMap, isSeq, type Node } from 'yaml';

import type { ConditionKind } from '../conditions/condition.ts';
import { conditionByKey } from '../conditions/index.ts';
import { meantBy } from './meant.ts';
import { inOwnWords } from './own-words.ts';
import { readOperand, remedyOf } from './operand.ts';
import type { Condition } from '../model.ts';
import { stands } from './places.ts';
import { type Reading, readList } from './reading.ts';
import { nestings } from './shape.ts';
import { type Entry, entriesOf, nodeAt, plain } from './yaml-document.ts';

/** Stands for a condition that could not be read; the file is refused anyway. */
const unread: Condition = { kind: 'all', of: [] };

/** A map of conditions, all of which must hold. */
export function readWhen(reading: Reading, node: Node | null, place: string, keyNode: Node): Condition {
  if (!isMap(node)) {
    reading.report.add(node ?? keyNode, `${place}: must map conditions to what they compare with`);
    return unread;
  }
  const entries = entriesOf(node);
  if (entries.length === 0) {
    reading.report.add(node, `${place}: is empty`, 'leave "when" out if the rule is for everybody');
  }
  const of = entries.map((entry) => readEntry(reading, entry, place));
  return of.length === 1 && of[0] !== undefined ? of[0] : { kind: 'all', of };
}

function readEntry(reading: Reading, entry: Entry, place: string): Condition {
  const { key, keyNode, value } = entry;
  const here = `${place}.${key}`;
  if (key === 'all' || key === 'any') {
    const nodes = readList(reading, value, here, keyNode);
    if (nodes.length === 0 && isSeq(value)) {
      reading.report.add(value, `${here}: must hold at least one condition`);
    }
    return { kind: key, of: nodes.map((node, index) => readWhen(reading, node, `${here}[${index}]`, keyNode)) };
  }
  if (key === 'not') {
    return { kind: 'not', of: readWhen(reading, value, here, keyNode) };
  }
  const kind = conditionByKey.get(key);
  if (kind === undefined) {
    const known = [...conditionByKey.keys(), ...Object.keys(nestings)];
    reading.report.add(keyNode, `${place}: unknown condition "${key}"`, meantBy(key, known));
    return unread;
  }
  const operand = readOperand(reading, kind.operand, { node: value, keyNode, place: here, given: plain(value) });
  if (operand === null) {
    return unread;
  }
  const condition: Condition = { kind: 'is', key, operand: withList(reading, kind, operand, entry, here) };
  return stands(condition, reading.report.placeOf(keyNode, here));
}

/** Puts the entries of a list file into an operand that names one. */
function withList({ report, readList }: Reading, kind: ConditionKind, operand: unknown, entry: Entry, place: string) {
  const path = kind.list?.path(operand) ?? null;
  if (kind.list === undefined || path === null) {
    return operand;
  }
  const node = nodeAt(entry.value, ['list']);
  const list = readList(path);
  if ('problem' in list) {
    report.add(node, `${place}.list: ${list.problem}`);
    return operand;
  }
  if (list.lines.length === 0) {
    report.add(node, `${place}.list: ${path} has no entry, so this never holds`, '', 'warning');
  }
  const entries: string[] = [];
  for (const { line, text } of list.lines) {
    const parsed = kind.list.entry.safeParse(text, { error: inOwnWords });
    if (parsed.success) {
      entries.push(parsed.data);
    } else {
      const [issue] = parsed.error.issues;
      const message = issue?.message ?? 'is no entry';
      const remedy = remedyOf(issue);
      report.problems.push({
        file: path,
        line,
        col: 1,
        severity: 'error',
        message: `"${text.slice(0, 60)}" ${message}`,
        ...(remedy === '' ? {} : { remedy }),
      });
    }
  }
  return kind.list.fill(operand, entries);
}
