import { createHash } from 'node:crypto';

import type { RuleBook, RuleFile } from '../model.ts';
import { buildRuleBook, type LoadedRules, type ReadBytes, type ReadText, type RuleSource } from './load.ts';
import type { Problem } from './problem.ts';
import { lostPartOf, lostProblem } from './removed.ts';

/** Remembers the rule files in force, for the next start and for other instances. */
export interface RuleMemory {
  /** Empty: nothing is remembered. */
  load(): Promise<readonly RuleSource[]>;
  save(sources: readonly RuleSource[]): Promise<void>;
}

interface Known {
  readonly file: RuleFile;
  readonly source: RuleSource;
}

/**
 * Keeps the last rules of a file in force that is gone, until somebody confirms that they may go. A file can be gone by
 * mistake: a mount that failed, a wrong branch. The people of its clients would then be let in.
 */
export class KeptRules {
  /** The files in force, with those that are kept. */
  #known: readonly Known[] = [];
  #kept: readonly Known[] = [];
  readonly #allowRemoval: boolean;

  /** @param allowRemoval nothing is kept */
  constructor(allowRemoval: boolean) {
    this.#allowRemoval = allowRemoval;
  }

  /** What was in force before this process began. @returns the files that cannot be read any more */
  recall(sources: readonly RuleSource[]): readonly string[] {
    const unreadable: string[] = [];
    for (const source of sources) {
      const { book } = buildRuleBook([source.file], ...remembered(source));
      const [file] = book?.files ?? [];
      if (file === undefined) {
        unreadable.push(source.file);
      } else {
        this.#known = [...this.#known, { file, source }];
      }
    }
    return unreadable;
  }

  /** Takes up new rules. @returns them, with what is kept beside them */
  take({ book, sources }: LoadedRules): RuleBook {
    const kept = (this.#allowRemoval ? [] : this.#known).flatMap(({ file, source }) =>
      lostPartOf(file, book).map((part) => ({ file: part, source })),
    );
    this.#kept = distinct(kept);
    const own = sources.flatMap((source) => {
      const file = book.files.find(({ file }) => file === source.file);
      return file === undefined ? [] : [{ file, source }];
    });
    this.#known = [...own, ...this.#kept];
    if (this.#kept.length === 0) {
      return book;
    }
    const hash = createHash('sha256').update(JSON.stringify([book.version, this.#kept.map(({ source }) => source)]));
    const files = [...book.files, ...this.#kept.map(({ file }) => file)];
    return { ...book, version: hash.digest('hex').slice(0, 12), files };
  }

  get problems(): readonly Problem[] {
    return this.#kept.map(({ file }) => lostProblem(file, 'error'));
  }

  /** What to remember. */
  get sources(): readonly RuleSource[] {
    return [...new Set(this.#known.map(({ source }) => source))];
  }
}

function remembered({ texts }: RuleSource): [ReadText, ReadBytes] {
  const find = <T>(name: string, as: (text: string) => T): T | { readonly problem: string } => {
    const text = texts[name];
    return text === undefined ? { problem: `${name} is not remembered` } : as(text);
  };
  return [
    (name) => find(name, (text) => ({ text })),
    (name) => find(name, (text) => ({ bytes: Buffer.from(text, 'base64') })),
  ];
}

/** Of two versions of a file, both remembered, the first counts: it was in force last. */
function distinct(kept: readonly Known[]): readonly Known[] {
  const seen = new Set<string>();
  return kept.filter(({ file: { realms, clients } }) => {
    const key = JSON.stringify([realms, clients]);
    const first = !seen.has(key);
    seen.add(key);
    return first;
  });
}
