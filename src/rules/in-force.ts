import type { Logger } from 'pino';

import { ServiceError } from '../errors.ts';
import { loadRules } from './load.ts';
import type { RuleBook } from './model.ts';
import { formatProblem, type Problem } from './problem.ts';

export interface RulesInForce {
  current(): RuleBook;
  /** What is wrong with the files as they are now; the rules in force are older then. */
  problems(): readonly Problem[];
  stop(): void;
}

export interface RulesOptions {
  readonly dir: string;
  readonly log: Logger;
  /** How often the files are looked at, in ms. Looking, not watching: it also notices how Kubernetes swaps links. */
  readonly everyMs: number;
  readonly onChange: (state: { readonly ok: boolean; readonly version: string }) => void;
}

/**
 * The rules, kept up to date with their files. A wrong edit leaves the last good rules in force and says so.
 * @throws ServiceError RULES_INVALID when there are no good rules to start with
 */
export async function keepRules({ dir, log, everyMs, onChange }: RulesOptions): Promise<RulesInForce> {
  const first = await loadRules(dir);
  if (first.book === null) {
    throw new ServiceError('RULES_INVALID', `the rules in ${dir} are not usable:\n  ${first.problems.map(formatProblem).join('\n  ')}`);
  }
  let book = first.book;
  let problems: readonly Problem[] = first.problems;
  let seen = '';
  onChange({ ok: true, version: book.version });
  log.info({ version: book.version, files: book.files.length }, 'rules in force');

  const look = async (): Promise<void> => {
    const next = await loadRules(dir);
    const state = JSON.stringify([next.book?.version ?? null, next.problems]);
    if (state === seen) {
      return;
    }
    seen = state;
    problems = next.problems;
    if (next.book === null) {
      log.error({ version: book.version, problems: next.problems.map(formatProblem) }, 'the rule files have errors; the last good rules stay in force');
    } else if (next.book.version !== book.version) {
      book = next.book;
      log.info({ version: book.version, files: book.files.length }, 'rules in force');
    }
    onChange({ ok: next.book !== null, version: book.version });
  };
  let looking = Promise.resolve();
  const timer = setInterval(() => {
    looking = looking.then(look).catch((error: unknown) => log.error({ err: error }, 'the rule files could not be looked at'));
  }, everyMs);

  return { current: () => book, problems: () => problems, stop: () => clearInterval(timer) };
}
