import type { Logger } from 'pino';

import { asDryRun } from '../decide/dry-run.ts';
import type { RuleBook } from '../model.ts';
import { KeptRules, type RuleMemory } from './kept-rules.ts';
import type { LoadedRules, LoadResult } from './load.ts';
import { formatProblem, type Problem } from './problem.ts';

export interface InForceOptions {
  readonly log: Logger;
  /** Every rule only tries. */
  readonly dryRun?: boolean;
  /** Rules of a file that is gone go with it. Else they stay in force until somebody confirms. */
  readonly allowRemoval?: boolean;
  readonly onChange: (state: { readonly ok: boolean; readonly version: string }) => void;
}

/** The rules in force: those of the files as they were last good, and those that are kept of files that are gone. */
export class RulesInForce {
  readonly #options: InForceOptions;
  readonly #kept: KeptRules;
  #loaded: LoadedRules;
  #book: RuleBook | null = null;
  /** In the files; those that are gone are kept apart. */
  #found: readonly Problem[] = [];
  #memory: RuleMemory | null = null;

  constructor(options: InForceOptions, first: LoadedRules, problems: readonly Problem[]) {
    this.#options = options;
    this.#kept = new KeptRules(options.allowRemoval === true);
    this.#loaded = first;
    this.#enforce(problems);
  }

  get book(): RuleBook {
    return this.#book ?? this.#loaded.book;
  }

  get problems(): readonly Problem[] {
    return [...this.#found, ...this.#kept.problems];
  }

  /** Takes up files as they were read. If they have errors, what is in force stays. */
  async take({ book, sources, problems }: LoadResult): Promise<void> {
    const { log, onChange } = this.#options;
    const { version } = this.book;
    if (book === null) {
      log.error(
        { version, problems: problems.map(formatProblem) },
        'rule files have errors; the last good rules stay in force',
      );
      this.#found = problems;
      onChange({ ok: false, version });
      return;
    }
    this.#loaded = { book, sources };
    this.#enforce(problems);
    await this.#memory
      ?.save(this.#kept.sources)
      .catch((error: unknown) => log.warn({ err: error }, 'the rule files in force are not remembered'));
  }

  /** Keeps in force what was before this start and is gone. Remembers from now on. @throws ServiceError */
  async remember(memory: RuleMemory): Promise<void> {
    for (const file of this.#kept.recall(await memory.load())) {
      this.#options.log.error({ file }, 'the last rules of a file that is gone cannot be read any more');
    }
    this.#memory = memory;
    this.#enforce(this.#found);
    await memory.save(this.#kept.sources);
  }

  #enforce(found: readonly Problem[]): void {
    const { log, dryRun = false, onChange } = this.#options;
    const book = this.#kept.take(this.#loaded);
    const lost = this.#kept.problems;
    if (book.version !== this.#book?.version) {
      this.#book = dryRun ? asDryRun(book) : book;
      log.info({ version: book.version, files: book.files.length }, 'rules in force');
      for (const problem of found.filter(({ severity }) => severity === 'warning')) {
        log.warn({ problem: formatProblem(problem) }, 'a rule file has a weakness');
      }
      for (const problem of lost) {
        log.error({ problem: formatProblem(problem) }, 'a rule file is gone; its last rules stay in force');
      }
    }
    this.#found = found;
    onChange({ ok: lost.length === 0, version: book.version });
  }
}
