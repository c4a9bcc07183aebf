import { describe, expect, it } from '@jest/globals';

import { read, tableAfter } from './pages.ts';

const checklist = [...Array.from({ length: 19 }, (_, index) => `S${index + 1}`), 'S35', 'S36'];

describe('docs/security.md', () => {
  const rows = tableAfter(read('docs/security.md'), '### What is promised').map(([, row = '', , tests = '']) => ({
    row,
    tests: tests.split(', '),
  }));

  it('names each row of the checklist once', () => {
    expect(rows.map(({ row }) => row)).toEqual(checklist);
  });

  it('names for each row files that have a test of that name', () => {
    const missing = rows.flatMap(({ row, tests }) =>
      tests
        .filter((file) => !new RegExp(`'(?:S\\d+, )*${row}(?:, S\\d+)*: `).test(read(file)))
        .map((file) => `${row} ${file}`),
    );
    expect(missing).toEqual([]);
  });
});
