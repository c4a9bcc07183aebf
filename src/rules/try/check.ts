import { RulesFolder } from '../load/folder.ts';
import { isTestFile, loadRules, type LoadResult } from '../load/load.ts';
import type { Problem } from '../load/problem.ts';
import { runRuleTests } from './rule-tests.ts';
import { limits } from '../load/yaml-limits.ts';

export interface CheckResult extends Omit<LoadResult, 'sources'> {
  /** Rule tests that came out as expected. */
  readonly passed: number;
}

/** Loads the rules as the service does, and runs their tests. */
export async function checkRules(dir: string): Promise<CheckResult> {
  const { book, problems } = await loadRules(dir);
  if (book === null) {
    return { book, problems, passed: 0 };
  }
  const folder = new RulesFolder(dir);
  const names = (await folder.names()).filter(isTestFile);
  const results = names.map((name) => {
    const content = folder.read(name, limits.bytes);
    return 'problem' in content
      ? { passed: 0, problems: [unreadable(name, content.problem)] }
      : runRuleTests(book, name, content.text);
  });
  return {
    book,
    problems: [...problems, ...results.flatMap((result) => result.problems)],
    passed: results.reduce((sum, { passed }) => sum + passed, 0),
  };
}

function unreadable(file: string, message: string): Problem {
  return { file, line: 1, col: 1, severity: 'error', message };
}
