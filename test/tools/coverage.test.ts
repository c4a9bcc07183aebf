import { describe, expect, it } from '@jest/globals';

import { byFolder, coverageTable, shortfalls } from '../run/coverage.ts';

const share = (covered: number, total: number) => ({ covered, total });
const files = [
  { path: 'src/main.ts', lines: share(5, 10), branches: share(0, 0) },
  { path: 'src/mail/layout.ts', lines: share(9, 10), branches: share(3, 4) },
  { path: 'src/mail/parts/address.ts', lines: share(30, 30), branches: share(0, 4) },
  { path: 'workers/deadlines.ts', lines: share(80, 100), branches: share(1, 2) },
];
const reached = byFolder(files);

describe('test/run/coverage', () => {
  it('adds up the files of a folder, by what they hold', () => {
    expect([...reached]).toEqual([
      ['src', { lines: 50, branches: 100 }],
      ['src/mail', { lines: 97.5, branches: 37.5 }],
      ['workers', { lines: 80, branches: 50 }],
    ]);
    expect(coverageTable(reached)).toContain('src/mail               97.5 %      37.5 %');
  });

  const demanded = {
    src: { lines: 50, branches: 0 },
    'src/mail': { lines: 97, branches: 37 },
    workers: { lines: 80, branches: 50 },
  };

  it('finds nothing where each folder reaches what is demanded', () => {
    expect(shortfalls(reached, demanded)).toEqual([]);
  });

  it('names folder, measure, what is reached and what is demanded, where one falls below', () => {
    expect(shortfalls(reached, { ...demanded, 'src/mail': { lines: 98, branches: 40 } })).toEqual([
      'src/mail: 97.5 % of the lines are run, 98 % are demanded; test more of it',
      'src/mail: 37.5 % of the branches are run, 40 % are demanded; test more of it',
    ]);
  });

  it('finds a folder that nothing is demanded of, and a demand on none that is there', () => {
    const { workers, ...rest } = demanded;
    expect(shortfalls(reached, { ...rest, 'src/gone': workers })).toEqual([
      'workers: nothing is demanded of it; put it into test/run/coverage-demanded.ts',
      'src/gone: there is no such folder; take it out of test/run/coverage-demanded.ts',
    ]);
  });
});
