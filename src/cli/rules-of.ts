import { stat } from 'node:fs/promises';
import { join } from 'node:path';

import { filesAt } from '../adapters/git/revision.ts';
import { ServiceError } from '../platform/errors.ts';
import { loadListed, loadRules, type LoadResult } from '../rules/load/load.ts';
import type { RuleBook } from '../rules/model.ts';
import { formatProblem } from '../rules/load/problem.ts';

/** @throws ServiceError RULES_INVALID with every problem at its place */
export async function rulesIn(dir: string): Promise<RuleBook> {
  return usable(await loadRules(dir), `the rules in ${dir}`, (file) => join(dir, file));
}

/**
 * The rules of the same folder as a revision of git has them.
 * @throws ServiceError RULES_INVALID
 */
export function rulesAt(dir: string, revision: string): RuleBook {
  const { commit, names, read, bytes } = filesAt(dir, revision);
  const where = `${dir} at ${revision} (${commit})`;
  return usable(
    loadListed(where, names, read, bytes),
    `the rules in ${where}`,
    (file) => `${commit}:${join(dir, file)}`,
  );
}

export async function isFolder(path: string): Promise<boolean> {
  const about = await stat(path).catch(() => null);
  return about?.isDirectory() === true;
}

function usable({ book, problems }: LoadResult, what: string, nameOf: (file: string) => string): RuleBook {
  if (book === null) {
    const located = problems.map((problem) => formatProblem({ ...problem, file: nameOf(problem.file) }));
    throw new ServiceError('RULES_INVALID', `${what} are not usable:\n${located.join('\n')}`);
  }
  return book;
}
