import { describe, expect, it } from '@jest/globals';

import { parseRuleFile } from '../../../src/rules/load/file.ts';
import { steps } from '../../../src/rules/steps/index.ts';
import { storedSteps } from '../../../src/rules/steps/stored.ts';

const loaded = (example: unknown) => {
  const text = `version: 1\nrealm: a\nclients: b\nrules:\n  - name: one\n    then: [${JSON.stringify(example)}]\n`;
  return parseRuleFile('shop.yaml', text, () => ({ lines: [] })).ruleFile?.rules[0]?.then;
};

describe('src/rules/steps/stored', () => {
  it.each(steps.flatMap(({ name, examples }) => examples.map((example) => [name, example] as const)))(
    'takes %s as the loader leaves it: %j',
    (_name, example) => {
      const stored: unknown = JSON.parse(JSON.stringify(loaded(example)));
      expect(storedSteps.parse(stored)).toEqual(stored);
    },
  );

  it.each([
    ['a step that there is not', { uses: 'make-admin', with: null, after: null }],
    ['an operand of another step', { uses: 'join-group', with: { role: 'x' }, after: null }],
    ['more than a step takes', { uses: 'delete-user', with: { realm: 'other' }, after: null }],
    ['no delay', { uses: 'delete-user', with: null }],
    [
      'such a step inside another',
      { ...loaded(steps.at(-1)?.examples[0])?.[0], with: { approved: [{ uses: 'make-admin' }] } },
    ],
  ])('refuses %s', (_what, step) => {
    expect(storedSteps.safeParse([step]).success).toBe(false);
  });
});
