import { isDeepStrictEqual } from 'node:util';

import type { Step } from '../model.ts';
import { stepOnOneLine } from './step-in-words.ts';

/** A step as a case expects it. A bare name stands for the step, whatever it takes. */
export type ExpectedStep = Step | string | null;

export function sameSteps(expected: readonly ExpectedStep[], actual: readonly Step[]): boolean {
  return expected.length === actual.length && expected.every((step, index) => same(step, actual[index]));
}

/** Line by line: `-` is expected and not there, `+` is there and not expected. */
export function differenceOf(expected: readonly ExpectedStep[], actual: readonly Step[]): readonly string[] {
  const [step, ...otherSteps] = actual;
  const [wanted, ...othersWanted] = expected;
  if (step === undefined || wanted === undefined) {
    return [...expected.map(missing), ...actual.map(surplus)];
  }
  if (same(wanted, step)) {
    return [`  ${stepOnOneLine(step)}`, ...differenceOf(othersWanted, otherSteps)];
  }
  return actual.some((other) => same(wanted, other)) && !expected.some((other) => same(other, step))
    ? [surplus(step), ...differenceOf(expected, otherSteps)]
    : [missing(wanted), ...differenceOf(othersWanted, actual)];
}

function same(expected: ExpectedStep, actual: Step | undefined): boolean {
  return actual !== undefined && (expected === actual.uses || isDeepStrictEqual(expected, actual));
}

function missing(step: ExpectedStep): string {
  return `- ${step === null || typeof step === 'string' ? (step ?? 'nothing') : stepOnOneLine(step)}`;
}

function surplus(step: Step): string {
  return `+ ${stepOnOneLine(step)}`;
}
