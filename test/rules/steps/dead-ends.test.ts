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

  it.each<[string, readonly string[]]>([
    ['approvers: a@b.c, remind-after: [1d, 3d]', []],
    ['approvers: a@b.c, remind-after: [3d, 1d]', ['"remind-after" has 1 day behind a time that is not earlier']],
    ['approvers: a@b.c, remind-after: [1d, 24h]', ['"remind-after" has 1 day behind a time that is not earlier']],
    ['approvers: a@b.c, remind-after: [1d, 8d]', ['"remind-after" comes when the question has expired']],
    ['approvers: a@b.c, escalate: { after: 6d, to: { group: /leads } }', []],
    [
      'approvers: a@b.c, escalate: { after: 7d, to: { group: /leads } }',
      ['"escalate" comes when the question has expired'],
    ],
    [
      'approvers: [a@b.c, { group: /leads }], escalate: { after: 1d, to: [{ group: /leads }, A@b.c] }',
      ['"escalate" names nobody who is not asked from the start'],
    ],
    ['approvers: a@b.c, digest: 15m', []],
    ['approvers: a@b.c, digest: 7d', ['"digest" collects questions until they have expired']],
    ['approvers: a@b.c, usually-within: 7d', []],
    ['approvers: a@b.c, usually-within: 8d', ['"usually-within" promises a decision after the question has expired']],
    ['approvers: a@b.c, delegate: /desk', []],
    ['chat: { slack: desk }, delegate: /desk, escalate: { after: 1d, to: a@b.c }', []],
    [
      'chat: { slack: desk }, delegate: /desk',
      ['"delegate" lets nobody hand the question over: it is asked in a chat only'],
    ],
    ['approvers: a@b.c, show: [company], reason: why', []],
    ['approvers: a@b.c, show: [why], reason: why', ['approvers see "why" twice: as the reason, and under "show"']],
    ['chat: [{ slack: desk }, { teams: desk }], need: 2', []],
    ['chat: { slack: desk }, need: 2', ['needs 2 approvals, and names 1 approver']],
    ['need: 1', ['names nobody to ask: give "approvers" or "chat"']],
    ['chat: { slack: Desk }', ['must be the name of a channel in CHAT_WEBHOOKS: small letters, digits, "-" and "_"']],
    ['approvers: a@b.c, remind-after: []', ['must name at least one']],
  ])('of %s says %j', (question, said) => {
    expect(saidOf(question)).toEqual(said.map((message) => expect.stringContaining(message)));
  });
});
