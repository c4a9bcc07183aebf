import { describe, expect, it } from '@jest/globals';

import { parseRuleFile } from '../../../src/rules/load/file.ts';
import { rule } from '../corpus.ts';

/** What the loader says of a question. */
function saidOf(question: string): string[] {
  const text = rule(`request-approval: { ${question} }`);
  return parseRuleFile('shop.yaml', text, () => ({ lines: [] })).problems.map(({ message }) => message);
}

describe('src/rules/steps/request-approval', () => {
  it('asks for no more approvals than there are approvers', () => {
    expect(saidOf('approvers: [a@b.c, d@e.f], need: 2')).toEqual([]);
    expect(saidOf('approvers: [a@b.c, d@e.f], need: 3')).toEqual([
      expect.stringContaining('needs 3 approvals, and names 2 approvers'),
    ]);
    expect(saidOf('approvers: [a@b.c, d@e.f], need: all')).toEqual([]);
  });

  it('cannot tell how many a group or a role has', () => {
    expect(saidOf('approvers: [a@b.c, { group: /desk }], need: 5')).toEqual([]);
    expect(saidOf('approvers: { role: approver }, need: 5')).toEqual([]);
  });

  it('reminds before the question expires, and not in the moment when it does', () => {
    expect(saidOf('approvers: a@b.c, remind-after: 6d, expire-after: 7d')).toEqual([]);
    expect(saidOf('approvers: a@b.c, remind-after: 7d, expire-after: 7d')).toEqual([
      expect.stringContaining('"remind-after" comes when the question has expired'),
    ]);
  });

  it('shows ten attributes, and no more', () => {
    const show = (names: string) => saidOf(`approvers: a@b.c, show: [${[...names].join(', ')}]`);
    expect(show('abcdefghij')).toEqual([]);
    expect(show('abcdefghijk')).toEqual([expect.stringContaining('must be at most 10 attributes')]);
  });
});
