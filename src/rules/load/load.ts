import { createHash } from 'node:crypto';

import type { Changeable } from './changeable.ts';
import { type Bytes, type Content, RulesFolder } from './folder.ts';
import { parseList, type ReadList } from './list-file.ts';
import { logoOf, maxLogoBytes, type ReadLogo } from './logo.ts';
import { parseRuleFile } from './file.ts';
import type { RuleBook, RuleFile, TemplateText } from '../model.ts';
import type { Problem } from './problem.ts';
import { findSameRank } from './same-rank.ts';
import { isStray, isTemplate, maxTemplateBytes, maxTemplates, templateFolder } from './template-files.ts';
import { limits } from './yaml-limits.ts';

/** The texts of one rule file and of the files that it names: of a list file as it is, of a logo in base64. */
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

/** Gives files by their names. */
export type ReadText = (name: string, maxBytes: number) => Content;
export type ReadBytes = (name: string, maxBytes: number) => Bytes;

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
  const loaded = loadListed(
    `the rules folder ${dir}`,
    names,
    (name, maxBytes) => folder.read(name, maxBytes),
    (name, maxBytes) => folder.bytes(name, maxBytes),
  );
  return changeable === null
    ? loaded
    : { ...loaded, problems: [...loaded.problems, changeableProblem('.', changeable)] };
}

/** The same for files that the caller lists and reads, such as those of a git revision. */
export function loadListed(where: string, names: readonly string[], read: ReadText, readBytes: ReadBytes): LoadResult {
  const yaml = names.filter((name) => /\.ya?ml$/.test(name) && !isTestFile(name));
  const top = yaml.filter((name) => !name.includes('/'));
  if (top.length === 0) {
    return refused(`${where} holds no *.yaml file`);
  }
  const unread = [...yaml.filter((name) => name.includes('/')).map(inSubFolder), ...names.filter(isStray).map(stray)];
  const loaded = buildRuleBook([...top, ...names.filter(isTemplate)], read, readBytes);
  return { ...loaded, problems: [...loaded.problems, ...unread] };
}

/** Rule tests, which `check` runs. */
export function isTestFile(name: string): boolean {
  return /\.test\.ya?ml$/.test(name);
}

/** Builds the rule book from files that others read. Pure, but for these. */
export function buildRuleBook(
  names: readonly string[],
  read: ReadText,
  readBytes: ReadBytes = (name) => ({ problem: `${name} cannot be read: there are no images here` }),
): LoadResult {
  const reader = new Reader(read, readBytes);
  const rules = names.filter((name) => !isTemplate(name)).map((name) => readRuleFile(reader, name));
  const templates = readTemplates(reader, names.filter(isTemplate));
  const ruleFiles = rules.flatMap(({ ruleFile }) => (ruleFile === null ? [] : [ruleFile]));
  const problems = [...reader.problems, ...findSameRank(ruleFiles)];
  const failed = problems.some(({ severity }) => severity === 'error');
  const book = { version: reader.version, files: ruleFiles, ...(templates.length === 0 ? {} : { templates }) };
  return { book: failed ? null : book, problems, sources: rules.flatMap(({ source }) => source ?? []) };
}

function readRuleFile(reader: Reader, name: string): { ruleFile: RuleFile | null; source: RuleSource | null } {
  const text = reader.text(name, limits.bytes);
  if (typeof text !== 'string') {
    reader.problems.push(atTop(name, text.problem));
    return { ruleFile: null, source: null };
  }
  const texts: Record<string, string> = { [name]: text };
  const readList: ReadList = (path) => {
    const list = reader.text(path, maxListBytes);
    if (typeof list !== 'string') {
      return list;
    }
    texts[path] = list;
    return { lines: parseList(list) };
  };
  const readLogo: ReadLogo = (path) => {
    const logo = logoOf(path, reader.bytes(path, maxLogoBytes));
    if ('content' in logo) {
      texts[path] = logo.content.toString('base64');
    }
    return logo;
  };
  const { ruleFile, problems } = parseRuleFile(name, text, readList, readLogo);
  reader.problems.push(...problems);
  return { ruleFile, source: { file: name, texts } };
}

function readTemplates(reader: Reader, names: readonly string[]): TemplateText[] {
  if (names.length > maxTemplates) {
    reader.problems.push(atTop(templateFolder, `holds more than ${maxTemplates} templates`));
    return [];
  }
  return names.flatMap((file) => {
    const text = reader.text(file, maxTemplateBytes);
    if (typeof text !== 'string') {
      reader.problems.push(atTop(file, text.problem));
      return [];
    }
    return [{ file, text }];
  });
}

/** Reads files, and keeps what the version is made of. */
class Reader {
  readonly problems: Problem[] = [];
  readonly #readText: ReadText;
  readonly #readBytes: ReadBytes;
  readonly #contents = new Map<string, string>();

  constructor(readText: ReadText, readBytes: ReadBytes) {
    this.#readText = readText;
    this.#readBytes = readBytes;
  }

  text(name: string, maxBytes: number): string | { readonly problem: string } {
    const content = this.#readText(name, maxBytes);
    if ('problem' in content) {
      return content;
    }
    this.#keep(name, content.text, content.changeable);
    return content.text;
  }

  bytes(name: string, maxBytes: number): Bytes {
    const content = this.#readBytes(name, maxBytes);
    if ('bytes' in content) {
      this.#keep(name, content.bytes.toString('base64'), content.changeable);
    }
    return content;
  }

  /** Twelve hex digits of a hash over all names and contents, list files, logos and templates among them. */
  get version(): string {
    const hash = createHash('sha256');
    for (const [name, text] of [...this.#contents].toSorted(([left], [right]) => (left < right ? -1 : 1))) {
      hash.update(JSON.stringify([name, text]));
    }
    return hash.digest('hex').slice(0, 12);
  }

  #keep(name: string, content: string, changeable: Changeable | null | undefined): void {
    if (changeable && !this.#contents.has(name)) {
      this.problems.push(changeableProblem(name, changeable));
    }
    this.#contents.set(name, content);
  }
}

function refused(message: string): LoadResult {
  return { book: null, problems: [atTop('.', message)], sources: [] };
}

function inSubFolder(name: string): Problem {
  return { ...atTop(name, 'is not read: it lies in a sub-folder'), severity: 'warning', remedy: 'move it up' };
}

function stray(name: string): Problem {
  return {
    ...atTop(name, 'is not read: it is no template'),
    severity: 'warning',
    remedy: 'let its name end in .liquid',
  };
}

/** Anyone who changes a rule file decides who gets in. A warning, for on some mounts every file looks so. */
function changeableProblem(name: string, { by, remedy }: Changeable): Problem {
  return { ...atTop(name, `${by} may change it, and so decide who gets in`), severity: 'warning', remedy };
}

function atTop(file: string, message: string): Problem {
  return { file, line: 1, col: 1, severity: 'error', message };
}
