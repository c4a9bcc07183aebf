import { isMap, isScalar, isSeq, type Node } from 'yaml';

import { durationHint, parseDuration } from '../../platform/duration.ts';
import { findNotAlone, findPointlessSteps, type ReadStep } from './findings.ts';
import { meantBy } from './meant.ts';
import { readOperand } from './operand.ts';
import type { Step } from '../model.ts';
import { stands } from './places.ts';
import { type Reading, readList } from './reading.ts';
import { stepByName } from '../steps/index.ts';
import type { StepKind } from '../steps/step.ts';
import { type Entry, entriesOf, plain } from './yaml-document.ts';

/** The steps of a rule. */
export function readThen(reading: Reading, node: Node | null, place: string, keyNode: Node): readonly Step[] {
  const read = readSteps(reading, node, place, keyNode);
  findNotAlone(reading.report, read, null);
  return read.map(({ step }) => step);
}

/** The steps that follow an outcome. */
function readNested(reading: Reading, field: Entry, step: string, place: string): readonly Step[] {
  const read = readSteps(reading, field.value, `${place}.${field.key}`, field.keyNode);
  findNotAlone(reading.report, read, step);
  return read.map(({ step }) => step);
}

function readSteps(reading: Reading, node: Node | null, place: string, keyNode: Node): readonly ReadStep[] {
  const read = readList(reading, node, place, keyNode).flatMap((item, index): ReadStep[] => {
    const here = `${place}[${index}]`;
    const step = readStep(reading, item, here);
    return step === null ? [] : [{ step, node: item, place: here }];
  });
  findPointlessSteps(reading.report, read);
  return read;
}

/** `disable-user`, `join-group: /a` or `delete-user: { after: 30d }`; `after` may also stand beside the step. */
export function readStep(reading: Reading, node: Node, place: string): Step | null {
  const { report } = reading;
  const entries = isMap(node) ? entriesOf(node) : [];
  const named = entries.filter(({ key }) => key !== 'after');
  const [entry] =
    isScalar(node) && typeof node.value === 'string' ? [{ key: node.value, keyNode: node, value: null }] : named;
  if (entry === undefined || named.length > 1) {
    const remedy = named.length > 1 ? 'start each step with "- "' : '';
    report.add(node, `${place}: must be one step, such as "disable-user" or "join-group: /partners"`, remedy);
    return null;
  }
  const kind = stepByName.get(entry.key);
  if (kind === undefined) {
    report.add(entry.keyNode, `${place}: unknown step "${entry.key}"`, meantBy(entry.key, [...stepByName.keys()]));
    return null;
  }
  const here = `${place}.${entry.key}`;
  const inside = isMap(entry.value) ? entriesOf(entry.value) : [];
  const delay = [...entries, ...inside].find(({ key }) => key === 'after');
  const after = delay === undefined ? null : readDelay(reading, delay, here);
  const operand = readStepOperand(reading, kind, entry, here);
  if (operand === undefined) {
    return null;
  }
  const step = stands({ uses: kind.name, with: operand, after } as Step, report.placeOf(entry.keyNode, here));
  for (const { message, remedy, severity } of kind.deadEnds?.(step.with) ?? []) {
    report.add(entry.keyNode, `${here}: ${message}`, remedy, severity);
  }
  return step;
}

/** @returns `undefined` after reporting what is wrong */
function readStepOperand(reading: Reading, kind: StepKind, { keyNode, value }: Entry, place: string): unknown {
  const given = withoutDelay(plain(value));
  if (kind.operand === null) {
    if (given !== null) {
      reading.report.add(value, `${place}: takes nothing but "after"`);
    }
    return null;
  }
  const nested = (isMap(value) ? entriesOf(value) : [])
    .filter(({ key, value }) => kind.nested?.includes(key) === true && isSeq(value))
    .map((field) => [field.key, readNested(reading, field, kind.name, place)]);
  const whole = nested.length === 0 ? given : { ...(given as object), ...Object.fromEntries(nested) };
  return readOperand(reading, kind.operand, { node: value, keyNode, place, given: whole }) ?? undefined;
}

function withoutDelay(given: unknown): unknown {
  if (typeof given !== 'object' || given === null || !('after' in given)) {
    return given;
  }
  const { after: _, ...rest } = given;
  return Object.keys(rest).length === 0 ? null : rest;
}

function readDelay({ report }: Reading, { keyNode, value }: Entry, place: string): number | null {
  const ms = isScalar(value) ? parseDuration(String(value.value)) : null;
  if (ms === null) {
    report.add(value ?? keyNode, `${place}.after: ${durationHint}`);
  }
  return ms;
}
