import type { Logger } from 'pino';

import { ServiceError } from '../../platform/errors.ts';
import { asDryRun } from '../decide/dry-run.ts';
import { RulesFolder } from './folder.ts';
import { type LoadResult, loadRules } from './load.ts';
import type { RuleBook } from '../model.ts';
import { formatProblem, type Problem } from './problem.ts';
import { createDebounce, type FolderMark } from './debounce.ts';

export interface WatchedRules {
  current(): RuleBook;
  /** What is wrong with the files as they are now. When one of them is an error, the rules in force are older. */
  problems(): readonly Problem[];
  stop(): void;
}

export interface RulesOptions {
  readonly dir: string;
  readonly log: Logger;
  /** Every rule only tries. */
  readonly dryRun?: boolean;
  /** How often the files are looked at, in ms. Looking, not watching: it also notices how Kubernetes swaps links. */
  readonly everyMs: number;
  /** What good rules ask for and this service, as it is set up, cannot do. It counts as a fault of theirs. */
  readonly cannot?: (book: RuleBook) => readonly Problem[];
  readonly onChange: (state: { readonly ok: boolean; readonly version: string }) => void;
}

/**
 * The rules, kept up to date with their files. A wrong edit leaves the last good rules in force and says so.
 * @throws ServiceError RULES_INVALID when there are no good rules to start with
 */
export async function watchRules(options: RulesOptions): Promise<WatchedRules> {
  const { dir, log, dryRun = false, everyMs, cannot = () => [], onChange } = options;
  const folder = new RulesFolder(dir);
  const debounce = createDebounce(await marksOf(folder));
  const first = await load();
  if (first.book === null) {
    const problems = first.problems.map((problem) => `\n  ${formatProblem(problem)}`).join('');
    throw new ServiceError('RULES_INVALID', `the rules in ${dir} are not usable:${problems}`);
  }
  const meant = dryRun ? asDryRun : (loaded: RuleBook) => loaded;
  let book = meant(first.book);
  let problems = first.problems;
  log.info({ version: book.version, files: book.files.length }, 'rules in force');
  warn(problems);
  onChange({ ok: true, version: book.version });

  async function load(): Promise<LoadResult> {
    const { book, problems } = await loadRules(dir);
    const faults = book === null ? [] : cannot(book);
    return { book: faults.length > 0 ? null : book, problems: [...problems, ...faults] };
  }

  function warn(found: readonly Problem[]): void {
    for (const problem of found.filter(({ severity }) => severity === 'warning')) {
      log.warn({ problem: formatProblem(problem) }, 'a rule file has a weakness');
    }
  }

  function take(next: LoadResult): void {
    if (next.book === null) {
      const texts = next.problems.map(formatProblem);
      log.error(
        { version: book.version, problems: texts },
        'rule files have errors; the last good rules stay in force',
      );
    } else if (next.book.version !== book.version) {
      book = meant(next.book);
      log.info({ version: book.version, files: book.files.length }, 'rules in force');
      warn(next.problems);
    }
    problems = next.problems;
    onChange({ ok: next.book !== null, version: book.version });
  }

  async function look(): Promise<void> {
    const marks = await marksOf(folder);
    if (debounce.due(marks)) {
      take(await load());
      debounce.took(marks); // as they were before the files were read, so that the next look finds what changes meanwhile
    }
  }

  let stopped = false;
  let timer = setTimeout(again, everyMs);
  function again(): void {
    void look()
      .catch((error: unknown) => log.error({ err: error }, 'the rule files could not be looked at'))
      .then(() => {
        timer = stopped ? timer : setTimeout(again, everyMs);
      });
  }

  return {
    current: () => book,
    problems: () => problems,
    stop: () => {
      stopped = true;
      clearTimeout(timer);
    },
  };
}

/** A folder that is away is a change too, and `loadRules` says so. */
async function marksOf(folder: RulesFolder): Promise<FolderMark> {
  return folder.marks().catch((error: NodeJS.ErrnoException) => `away: ${error.code ?? error.message}`);
}
