import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from '@jest/globals';

import { parseList } from '../../../src/rules/load/list-file.ts';
import { parseRuleFile } from '../../../src/rules/load/file.ts';
import { formatProblem } from '../../../src/rules/load/problem.ts';
import { reference } from '../../../src/rules/reference/reference.ts';
import { runRuleTests } from '../../../src/rules/try/rule-tests.ts';
import { steps } from '../../../src/rules/steps/index.ts';
import { loadRules } from '../../../src/rules/load/load.ts';

const root = join(import.meta.dirname, '../../..');
const page = (name: string): string => readFileSync(join(root, name), 'utf8');
const yamlOf = (text: string): string[] => [...text.matchAll(/```yaml\n(.*?)```/gs)].map(([, yaml]) => yaml ?? '');

const ruleFiles = ['rules/README.md', 'docs/rules.md', 'docs/recipes.md', 'docs/from-keycloak-workflows.md'].flatMap(
  (name) =>
    yamlOf(page(name))
      .filter((yaml) => /^version: 1$/m.test(yaml))
      .map((yaml) => [name, yaml] as const),
);

describe('src/rules/reference/reference', () => {
  it('explains a step with several keys key by key, with what holds by default', () => {
    const text = reference();
    expect(text).toContain('| `approvers` | Who is asked: ');
    expect(text).toMatch(/^\| `need` \| .* \| `1` \|$/m);
    expect(text).toMatch(/^\| `expire-after` \| .* \| `7d` \|$/m);
    expect(text).toMatch(/^\| `role` \| The name of the role\. \| must be given \|$/m);
  });

  it.each(ruleFiles)('%s shows files that work:\n%s', (_, yaml) => {
    const lists = { lines: parseList('a.example') };
    expect(parseRuleFile('page.yaml', yaml, () => lists).problems.map(formatProblem)).toEqual([]);
  });

  it('has every step among those that Keycloak workflows are compared with', () => {
    const table =
      page('docs/from-keycloak-workflows.md').split('| step there | step here |')[1]?.split('\n\n')[0] ?? '';
    const here = table.split('\n').map((row) => row.split('|')[2] ?? '');
    const named = here.flatMap((cell) => (cell.trim() === 'the same' ? [] : [cell])).join();
    const missing = steps.filter(({ name }) => !`${named} disable-user delete-user`.includes(name));
    expect(missing.map(({ name }) => name)).toEqual([]);
  });

  it('shows thirteen recipes', () => {
    expect(ruleFiles.filter(([name]) => name === 'docs/recipes.md')).toHaveLength(13);
  });

  it('shows a rule test that passes on the shipped rules', async () => {
    const { book } = await loadRules(join(root, 'rules'));
    const test = yamlOf(page('docs/change-rules.md')).find((yaml) => yaml.startsWith('cases:')) ?? '';
    expect(book === null ? null : runRuleTests(book, 'x.test.yaml', test)).toEqual({ passed: 1, problems: [] });
  });
});
