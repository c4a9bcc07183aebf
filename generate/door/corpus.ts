import fc from 'fast-check';

import { answer, type DoorAnswer } from '../../src/rules/door/answer.ts';
import { compilePolicy } from '../../src/rules/door/compile-policy.ts';
import type { Visitor } from '../../src/rules/door/evaluate.ts';
import type { DoorPolicy } from '../../src/rules/door/policy.ts';
import { bookOf } from '../../test/rules/facts.ts';
import { ruleFiles, visitors } from './arbitrary.ts';
import { conditionScenes } from './conditions.ts';
import { listScenes } from './lists.ts';
import { before, mia, type Scene } from './scenes.ts';
import { timeScenes } from './times.ts';

/** What the door answers, by which policy, and why. The service and the Keycloak provider are both held to it. */
export interface Corpus {
  readonly policies: readonly DoorPolicy[];
  readonly cases: readonly CorpusCase[];
}

export interface CorpusCase {
  /** The place in `policies`. */
  readonly policy: number;
  readonly visitor: Visitor;
  readonly answer: DoorAnswer;
  readonly why: string;
}

export const scenes: readonly Scene[] = [...conditionScenes, ...timeScenes, ...listScenes];

export function doorCorpus(): Corpus {
  const all = [...scenes.map(written), ...newer, ...random()];
  return {
    policies: all.map(({ policy }) => policy),
    cases: all.flatMap(({ policy, cases }, index) =>
      cases.map(([why, visitor]) => ({ policy: index, visitor, answer: answer(policy, visitor), why })),
    ),
  };
}

interface Compiled {
  readonly policy: DoorPolicy;
  readonly cases: readonly (readonly [why: string, visitor: Visitor])[];
}

function written({ files, cases }: Scene): Compiled {
  return {
    policy: compilePolicy(bookOf(files)),
    cases: cases.map(([why, visitor]) => [why, { ...mia, ...visitor }]),
  };
}

/** Conditions that this version has not, as a newer one may publish them. */
const newer: readonly Compiled[] = [
  { kind: 'is', key: 'phase-of-the-moon', operand: { full: true } },
  { kind: 'most', of: [{ kind: 'unknown' }] },
].map((when) => ({
  policy: {
    format: 1,
    version: 'newer',
    entries: [{ realm: 'acme', client: 'shop', list: 0 }],
    lists: [
      {
        file: 'shop.yaml',
        hold: false,
        rules: [
          { rule: 'newer', line: 5, when, door: 'refuse', message: 'closed', field: null },
          { rule: 'rest', line: 6, when: null, door: 'refuse', message: 'closed', field: null },
        ],
      },
    ],
  } as unknown as DoorPolicy,
  cases: [
    ['what this version does not know is unknown', mia],
    ['what this version does not know is unknown, before the form is sent', { ...mia, ...before }],
  ],
}));

/** Always the same: a corpus that changes by itself would say nothing of what changed. */
const seed = 20261124;

function random(): readonly Compiled[] {
  const some = fc.tuple(ruleFiles, fc.array(visitors, { minLength: 12, maxLength: 12 }));
  return fc.sample(some, { seed, numRuns: 40 }).map(([files, people], index) => ({
    policy: compilePolicy(bookOf(files)),
    cases: people.map((visitor) => [`random ${index + 1}`, visitor]),
  }));
}

/** One policy and one case on each line, so that a change is read line by line. */
export function corpusText({ policies, cases }: Corpus): string {
  const lines = (values: readonly unknown[]): string => values.map((value) => JSON.stringify(value)).join(',\n');
  return `{"policies":[\n${lines(policies)}\n],"cases":[\n${lines(cases)}\n]}\n`;
}
