import type { Logger } from 'pino';

import { ServiceError } from '../errors.ts';
import { asDryRun } from './dry-run.ts';
import { RulesFolder } from './folder.ts';
import { type LoadResult, loadRules } from './load.ts';
import type { RuleBook } from './model.ts';
import { formatProblem, type Problem } from './problem.ts';

export interface RulesInForce {
  current(): RuleBook;
  /** What is wrong with the files as they are now; when that is an error, the rules in force are older. */
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
  readonly onChange: (state: { readonly ok: boolean; readonly version: string }) => void;
}

/**
 * The rules, kept up to date with their files. A wrong edit leaves the last good rules in force and says so.
 * @throws ServiceError RULES_INVALID when there are no good rules to start with
 */
export async function keepRules({ dir, log, dryRun = false, everyMs, onChange }: RulesOptions): Promise<RulesInForce> {
  const folder = new RulesFolder(dir);
  let seen = await signatureOf(folder);
  const first = await loadRules(dir);
  if (first.book === null) {
    const problems = first.problems.map((problem) => `\n  ${formatProblem(problem)}`).join('');
    throw new ServiceError('RULES_INVALID', `the rules in ${dir} are not usable:${problems}`);
  }
  const meant = dryRun ? asDryRun : (loaded: RuleBook) => loaded;
  let book = meant(first.book);
  let problems = first.problems;
  log.info({ version: book.version, files: book.files.length }, 'rules in force');
  onChange({ ok: true, version: book.version });

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
    }
    problems = next.problems;
    onChange({ ok: next.book !== null, version: book.version });
  }

  async function look(): Promise<void> {
    const signature = await signatureOf(folder);
    if (signature !== seen) {
      take(await loadRules(dir));
      seen = signature; // taken before the files were read: what changes meanwhile is seen next time
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
async function signatureOf(folder: RulesFolder): Promise<string> {
  return folder.signature().catch((error: NodeJS.ErrnoException) => `away: ${error.code ?? error.message}`);
}
