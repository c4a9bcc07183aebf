import { createHash } from 'node:crypto';

import type { Changeable } from './changeable.ts';
import { type Content, RulesFolder } from './folder.ts';
import { parseList, type ReadList } from './list-file.ts';
import { parseRuleFile } from './file.ts';
import type { RuleBook, RuleFile } from '../model.ts';
import type { Problem } from './problem.ts';
import { findSameRank } from './same-rank.ts';
import { limits } from './yaml-limits.ts';

/** The texts of one rule file and of the list files that it names. */
export interface RuleSource {
  readonly file: string;
  readonly texts: Readonly<Record<string, string>>;
}

/** A rule book with what it was made of. */
export interface LoadedRules {
  readonly book: RuleBook;
  readonly sources: readonly RuleSource[];
}

export interface LoadResult {
  /** `null` when there is an error: a rule book is whole or not at all. */
  readonly book: RuleBook | null;
  readonly problems: readonly Problem[];
  readonly sources: readonly RuleSource[];
}

const maxListBytes = 4 * 1024 * 1024;

/**
 * Loads every `*.yaml` of a folder, but not of its sub-folders and not `*.test.yaml`. The one loader: start-up, reload
 * and `check` use it.
 */
export async function loadRules(dir: string): Promise<LoadResult> {
  const folder = new RulesFolder(dir);
  let names: string[];
  let changeable: Changeable | null;
  try {
    names = await folder.names();
    changeable = await folder.changeable();
  } catch (error) {
    return refused(`the rules folder ${dir} cannot be read: ${(error as NodeJS.ErrnoException).code ?? String(error)}`);
  }
  const loaded = loadListed(`the rules folder ${dir}`, names, (name, maxBytes) => folder.read(name, maxBytes));
  return changeable === null
    ? loaded
    : { ...loaded, problems: [...loaded.problems, changeableProblem('.', changeable)] };
}

/** The same for files that the caller lists and reads, such as those of a git revision. */
export function loadListed(
  where: string,
  names: readonly string[],
  read: (name: string, maxBytes: number) => Content,
): LoadResult {
  const yaml = names.filter((name) => /\.ya?ml$/.test(name) && !isTestFile(name));
  const top = yaml.filter((name) => !name.includes('/'));
  if (top.length === 0) {
    return refused(`${where} holds no *.yaml file`);
  }
  const unread = yaml.filter((name) => name.includes('/')).map(inSubFolder);
  const loaded = buildRuleBook(top, read);
  return { ...loaded, problems: [...loaded.problems, ...unread] };
}

/** Rule tests, which `check` runs. */
export function isTestFile(name: string): boolean {
  return /\.test\.ya?ml$/.test(name);
}

/** Builds the rule book from files that `read` gives. Pure, but for `read`. */
export function buildRuleBook(names: readonly string[], read: (name: string, maxBytes: number) => Content): LoadResult {
  const problems: Problem[] = [];
  const files: RuleFile[] = [];
  const contents = new Map<string, string>();
  const sources: RuleSource[] = [];
  const keep = (name: string, { text, changeable }: Exclude<Content, { problem: string }>): void => {
    if (changeable && !contents.has(name)) {
      problems.push(changeableProblem(name, changeable));
    }
    contents.set(name, text);
  };
  const listsInto =
    (texts: Record<string, string>): ReadList =>
    (path) => {
      const content = read(path, maxListBytes);
      if ('problem' in content) {
        return content;
      }
      keep(path, content);
      texts[path] = content.text;
      return { lines: parseList(content.text) };
    };
  for (const name of names) {
    const content = read(name, limits.bytes);
    if ('problem' in content) {
      problems.push(atTop(name, content.problem));
      continue;
    }
    keep(name, content);
    const texts: Record<string, string> = { [name]: content.text };
    sources.push({ file: name, texts });
    const parsed = parseRuleFile(name, content.text, listsInto(texts));
    problems.push(...parsed.problems);
    if (parsed.ruleFile !== null) {
      files.push(parsed.ruleFile);
    }
  }
  problems.push(...findSameRank(files));
  const failed = problems.some(({ severity }) => severity === 'error');
  return { book: failed ? null : { version: versionOf(contents), files }, problems, sources };
}

/** Twelve hex digits of a hash over all names and contents, list files among them. */
function versionOf(contents: ReadonlyMap<string, string>): string {
  const hash = createHash('sha256');
  for (const [name, text] of [...contents].toSorted(([left], [right]) => (left < right ? -1 : 1))) {
    hash.update(JSON.stringify([name, text]));
  }
  return hash.digest('hex').slice(0, 12);
}

function refused(message: string): LoadResult {
  return { book: null, problems: [atTop('.', message)], sources: [] };
}

function inSubFolder(name: string): Problem {
  return { ...atTop(name, 'is not read: it lies in a sub-folder'), severity: 'warning', remedy: 'move it up' };
}

/** Anyone who changes a rule file decides who gets in. A warning, for on some mounts every file looks so. */
function changeableProblem(name: string, { by, remedy }: Changeable): Problem {
  return { ...atTop(name, `${by} may change it, and so decide who gets in`), severity: 'warning', remedy };
}

function atTop(file: string, message: string): Problem {
  return { file, line: 1, col: 1, severity: 'error', message };
}
