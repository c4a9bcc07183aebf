import { describe, expect, it } from '@jest/globals';

import { cases } from '../faults/cases/index.ts';
import { read, tableAfter } from './pages.ts';

describe('docs/reliability.md', () => {
  const page = read('docs/reliability.md');
  const rows = tableAfter(page, '## The promises').map(([, promise = '', proof = '']) => ({
    promise: /^\*\*(P\d+)\*\*/.exec(promise)?.[1] ?? promise,
    names: proof.split(',').map((name) => name.trim()),
  }));

  it('has the ten promises, each with a case', () => {
    expect(rows.map(({ promise }) => promise)).toEqual(Array.from({ length: 10 }, (_, index) => `P${index + 1}`));
    expect(rows.filter(({ names }) => names.join('') === '')).toEqual([]);
  });

  it('names no case that is not there, and none beside a promise that it does not prove', () => {
    const wrong = rows.flatMap(({ promise, names }) =>
      names
        .filter((name) => !cases.some((one) => one.name === name && one.proves.some((proves) => proves === promise)))
        .map((name) => `${promise} ${name}`),
    );
    expect(wrong).toEqual([]);
  });

  it('names every case', () => {
    expect(cases.map(({ name }) => name).filter((name) => !page.includes(`\`${name}\``))).toEqual([]);
  });
});
