import { ServiceError } from '../../platform/errors.ts';
import { RulesFolder } from './folder.ts';
import { type LoadResult, loadRules } from './load.ts';
import type { RuleBook } from '../model.ts';
import type { RuleMemory } from './kept-rules.ts';
import { formatProblem, type Problem } from './problem.ts';
import { type InForceOptions, RulesInForce } from './rules-in-force.ts';
import { createDebounce, type FolderMark } from './debounce.ts';

export interface WatchedRules {
  current(): RuleBook;
  /** What is wrong with the files as they are now. When one of them is an error, the rules in force are older. */
  problems(): readonly Problem[];
  /** Keeps in force what was before this start and is gone. Remembers from now on. @throws ServiceError */
  remember(memory: RuleMemory): Promise<void>;
  stop(): void;
}

export interface RulesOptions extends InForceOptions {
  readonly dir: string;
  /** How often the files are looked at, in ms. Looking, not watching: it also notices how Kubernetes swaps links. */
  readonly everyMs: number;
  /** What good rules ask for and this service, as it is set up, cannot do. It counts as a fault of theirs. */
  readonly cannot?: (book: RuleBook) => readonly Problem[];
}

/**
 * The rules, kept up to date with their files. A wrong edit leaves the last good rules in force and says so.
 * @throws ServiceError RULES_INVALID when there are no good rules to start with
 */
export async function watchRules(options: RulesOptions): Promise<WatchedRules> {
  const { dir, log, everyMs, cannot = () => [] } = options;
  const folder = new RulesFolder(dir);
  const debounce = createDebounce(await marksOf(folder));
  const first = await load();
  if (first.book === null) {
    const problems = first.problems.map((problem) => `\n  ${formatProblem(problem)}`).join('');
    throw new ServiceError('RULES_INVALID', `the rules in ${dir} are not usable:${problems}`);
  }
  const inForce = new RulesInForce(options, { book: first.book, sources: first.sources }, first.problems);

  async function load(): Promise<LoadResult> {
    const { book, problems, sources } = await loadRules(dir);
    const faults = book === null ? [] : cannot(book);
    return { book: faults.length > 0 ? null : book, problems: [...problems, ...faults], sources };
  }

  async function look(): Promise<void> {
    const marks = await marksOf(folder);
    if (debounce.due(marks)) {
      await inForce.take(await load());
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
    current: () => inForce.book,
    problems: () => inForce.problems,
    remember: (memory) => inForce.remember(memory),
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
