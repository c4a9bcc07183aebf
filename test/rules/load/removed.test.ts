import { describe, expect, it } from '@jest/globals';

import type { RuleFile } from '../../../src/rules/model.ts';
import { lostPartOf } from '../../../src/rules/load/removed.ts';

function fileOf(clients: string[], realms = ['acme'], thens = [1]): RuleFile {
  const rules = thens.map((steps, index) => ({
    name: `rule ${index}`,
    file: 'a.yaml',
    line: 1,
    when: null,
    then: Array.from({ length: steps }, () => ({ uses: 'disable-user', with: null, after: null }) as const),
    dryRun: false,
  }));
  return { file: 'a.yaml', realms, clients, application: null, hold: null, rules };
}

/** The clients that are lost, by realm. */
const lost = (before: RuleFile, ...now: RuleFile[]) =>
  lostPartOf(before, { version: 'v', files: now }).map(({ realms, clients }) => [realms, clients]);

describe('src/rules/load/removed', () => {
  it.each<[string, string[], string[]]>([
    ['by its name', ['shop'], ['shop']],
    ['by a glob', ['shop'], ['sh*']],
    ['by all', ['shop'], ['*']],
    ['by one of several', ['shop'], ['blog', 'shop']],
    ['by one of several globs', ['shop'], ['bl*', 'sh*']],
    ['which is a glob, by the same glob', ['p-*'], ['p-*']],
    ['which is a glob, by all', ['p-*'], ['*']],
  ])('loses no client that is named %s', (_, before, now) => {
    expect(lost(fileOf(before), fileOf(now))).toEqual([]);
  });

  it.each<[string, string[], string[], string[]]>([
    ['that nobody names', ['shop', 'blog'], ['blog'], ['shop']],
    ['of a glob, where one of them is left', ['p-*'], ['p-1'], ['p-*']],
    ['of a glob, where a narrower one is left that matches its text', ['p-*'], ['p-?'], ['p-*']],
  ])('loses clients %s', (_, before, now, clients) => {
    expect(lost(fileOf(before), fileOf(now))).toEqual([[['acme'], clients]]);
  });

  it('loses them by realm: where a file names several, one that fits is enough', () => {
    const before = fileOf(['shop'], ['acme', 'initech']);
    expect(lost(before, fileOf(['shop'], ['other', 'acme']))).toEqual([[['initech'], ['shop']]]);
    expect(lost(before, fileOf(['shop'], ['*']))).toEqual([]);
    expect(lost(before, fileOf(['shop'], ['other-*', '*']))).toEqual([]);
    expect(lost(fileOf(['p-*']), fileOf(['p-*'], ['*']))).toEqual([]);
    expect(lost(before)).toEqual([
      [['acme'], ['shop']],
      [['initech'], ['shop']],
    ]);
  });

  it('is a loss as soon as one rule does something', () => {
    expect(lost(fileOf(['shop'], ['acme'], [0, 1]))).toHaveLength(1);
    expect(lost(fileOf(['shop'], ['acme'], [0, 0]))).toEqual([]);
  });

  describe('of a file that keeps people out, where a wider one is left', () => {
    const closed = fileOf(['shop']);
    const joining = { uses: 'join-group', with: { group: '/all' }, after: null } as const;
    const having = (file: RuleFile, changes: Partial<RuleFile['rules'][number]>): RuleFile => ({
      ...file,
      rules: file.rules.map((rule) => ({ ...rule, ...changes })),
    });
    const wide = fileOf(['*']);

    it.each<[string, RuleFile, boolean]>([
      ['keeps people out as well', wide, false],
      ['keeps some people out', { ...wide, rules: [...having(wide, { then: [] }).rules, ...wide.rules] }, false],
      ['lets everybody in', having(wide, { then: [joining] }), true],
      ['only tries to keep people out', having(wide, { dryRun: true }), true],
      ['lets everybody of all realms in', having(fileOf(['shop'], ['*']), { then: [] }), true],
      ['lets everybody in, and names the client', having(fileOf(['*', 'shop']), { then: [] }), false],
    ])('its clients are lost unless that does so too, or names them: one that %s', (_, now, isLost) => {
      expect(lost(closed, now)).toEqual(isLost ? [[['acme'], ['shop']]] : []);
    });

    it('is no loss where the file kept nobody out', () => {
      const open = having(wide, { then: [] });
      expect(lost(having(closed, { then: [joining] }), open)).toEqual([]);
      expect(lost(having(closed, { dryRun: true }), open)).toEqual([]);
    });
  });
});
