import { describe, expect, it } from '@jest/globals';

import { parseRuleFile } from '../../src/rules/load/file.ts';
import { parseList } from '../../src/rules/load/list-file.ts';
import { formatProblem } from '../../src/rules/load/problem.ts';
import { handbook, read } from './pages.ts';

const head = 'version: 1\nrealm: acme\nclients: [shop]\n';
const rule = `${head}rules:\n  - name: somebody\n`;
const indented = (text: string, by: number): string => text.trimEnd().replaceAll(/^/gm, ' '.repeat(by));

/** A whole rule file around what a page shows of one; `null`: it shows something else. */
function whole(shown: string): string | null {
  switch (/^[a-z-]+:/.exec(shown)?.[0]) {
    case 'rules:':
      return head + shown;
    case 'then:':
      return `${rule}${indented(shown, 4)}`;
    case 'when:':
      return `${rule}${indented(shown, 4)}\n    then: [disable-user]`;
    default:
      return null;
  }
}

const pieces = handbook
  .flatMap((page) => [...read(page).matchAll(/^```yaml\n(.*?)^```/gms)].map(([, shown = '']) => [page, shown] as const))
  // Two lines that begin with "when" are two examples.
  .flatMap(([page, shown]) => shown.split(/^(?=when:)/m).map((piece) => [page, whole(piece)] as const))
  .flatMap(([page, yaml]) => (yaml === null ? [] : [[page, yaml] as const]));

describe('pieces of rule files', () => {
  it('are in the docs', () => {
    expect(pieces.length).toBeGreaterThan(6);
  });

  it.each(pieces)('in %s load:\n%s', (_, yaml) => {
    const lists = { lines: parseList('a.example') };
    expect(parseRuleFile('page.yaml', yaml, () => lists).problems.map(formatProblem)).toEqual([]);
  });
});
