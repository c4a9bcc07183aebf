import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { afterEach, describe, expect, it } from '@jest/globals';

import { formatProblem } from '../../../src/rules/load/problem.ts';
import { checkRules } from '../../../src/rules/try/check.ts';

const folders: string[] = [];
afterEach(async () => {
  await Promise.all(folders.splice(0).map((dir) => rm(dir, { recursive: true })));
});

async function checked(files: Record<string, string>) {
  const dir = await mkdtemp(join(tmpdir(), 'vestibule-check-'));
  folders.push(dir);
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(dir, name)), { recursive: true });
    await writeFile(join(dir, name), text);
  }
  const { book, problems, passed } = await checkRules(dir);
  return { files: book?.files.length ?? null, problems: problems.map(formatProblem), passed };
}

const shop = 'version: 1\nrealm: acme\nclients: [shop]\nrules: [{ name: closed, then: [disable-user] }]\n';
const expecting = (...rules: string[]): string =>
  `cases:\n${rules.map((rule) => `  - { name: x, event: { realm: acme, client: shop }, expect: { rule: ${rule} } }\n`).join('')}`;

describe('src/rules/try/check', () => {
  it('counts the cases that pass, of all test files, also in sub-folders', async () => {
    const tests = { 'a.test.yaml': expecting('closed', 'closed'), 'more/b.test.yml': expecting('closed') };
    expect(await checked({ 'shop.yaml': shop, ...tests })).toEqual({ files: 1, problems: [], passed: 3 });
  });

  it('names each case that does not, beside the weaknesses of the rules', async () => {
    const doubtful = shop.replace('then', 'when: { source: google }, then');
    const { problems, passed } = await checked({ 'shop.yaml': doubtful, 'a.test.yaml': expecting('closed', 'null') });
    expect(passed).toBe(1);
    expect(problems).toEqual([
      expect.stringMatching(/^shop\.yaml:4:\d+ warning: .*Keycloak itself names no source "google"/),
      expect.stringMatching(/^a\.test\.yaml:2:\d+ "x": no rule decided, not "closed"/),
    ]);
  });

  it('runs no test of rules that are wrong', async () => {
    const { files, problems, passed } = await checked({
      'shop.yaml': shop.replace('1', '2'),
      'a.test.yaml': expecting('closed'),
    });
    expect([files, passed]).toEqual([null, 0]);
    expect(problems).toEqual(['shop.yaml:1:10 version: this program reads version 1 only']);
  });

  it('names a test file that cannot be read, and runs the others', async () => {
    const tests = { 'a.test.yaml/x': '', 'b.test.yaml': expecting('closed') };
    expect(await checked({ 'shop.yaml': shop, ...tests })).toEqual({
      files: 1,
      problems: ['a.test.yaml:1:1 a.test.yaml is no file'],
      passed: 1,
    });
  });
});
