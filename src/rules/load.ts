import { createHash } from 'node:crypto';
import { readFileSync, realpathSync, statSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';

import { rankOf } from './choose.ts';
import { parseRuleFile, type ReadList } from './load-file.ts';
import type { RuleBook, RuleFile } from './model.ts';
import type { Problem } from './problem.ts';

export interface LoadResult {
  /** `null` when there is an error: a rule book is whole or not at all. */
  readonly book: RuleBook | null;
  readonly problems: readonly Problem[];
}

const maxListBytes = 4 * 1024 * 1024;

/**
 * Loads every `*.yaml` of a folder, but not its sub-folders and not `*.test.yaml`. The one loader: start-up, reload and
 * `check` use it.
 */
export async function loadRules(dir: string): Promise<LoadResult> {
  const problems: Problem[] = [];
  const files: RuleFile[] = [];
  const hash = createHash('sha256');
  const names = await ruleFileNames(dir).catch((error: NodeJS.ErrnoException) => {
    problems.push(atTop('.', `the rules folder ${dir} cannot be read: ${error.code ?? error.message}`));
    return [];
  });
  if (names.length === 0 && problems.length === 0) {
    problems.push(atTop('.', `the rules folder ${dir} holds no *.yaml file`));
  }
  for (const name of names) {
    const text = await readFile(join(dir, name), 'utf8').catch((error: NodeJS.ErrnoException) => {
      problems.push(atTop(name, `cannot be read: ${error.code ?? error.message}`));
      return null;
    });
    if (text === null) {
      continue;
    }
    hash.update(`${name}\0${text}\0`);
    const parsed = parseRuleFile(name, text, listReader(dir, (content) => hash.update(content)));
    problems.push(...parsed.problems);
    if (parsed.ruleFile !== null) {
      files.push(parsed.ruleFile);
    }
  }
  problems.push(...sameRank(files));
  const failed = problems.some(({ severity }) => severity === 'error');
  return { book: failed ? null : { version: hash.digest('hex').slice(0, 12), files }, problems };
}

export async function ruleFileNames(dir: string): Promise<string[]> {
  const names = await readdir(dir);
  return names.filter((name) => /\.ya?ml$/.test(name) && !/\.test\.ya?ml$/.test(name) && !name.startsWith('.')).toSorted();
}

/** Reads list files, of which none may lie outside the rules folder, also not through a link. */
function listReader(dir: string, onContent: (content: string) => void): ReadList {
  return (path) => {
    try {
      const real = realpathSync(join(dir, path));
      if (relative(realpathSync(dir), real).split(sep)[0] === '..') {
        return { problem: `${path} lies outside the rules folder` };
      }
      if (statSync(real).size > maxListBytes) {
        return { problem: `${path} is larger than ${maxListBytes / 1024 / 1024} MiB` };
      }
      const content = readFileSync(real, 'utf8');
      onContent(content);
      const lines = content.split('\n').map((line) => line.replace(/#.*/, '').trim().toLowerCase());
      return { lines: lines.filter(Boolean) };
    } catch (error) {
      return { problem: `${path} cannot be read: ${(error as NodeJS.ErrnoException).code ?? String(error)}` };
    }
  };
}

/** Two files that name the same client by the same pattern in the same realm: nobody could say which decides. */
function sameRank(files: readonly RuleFile[]): Problem[] {
  const first = new Map<string, string>();
  const problems: Problem[] = [];
  for (const { file, realms, clients } of files) {
    for (const realm of realms) {
      for (const client of clients) {
        const key = JSON.stringify([realm, client]);
        const other = first.get(key);
        if (other !== undefined && other !== file) {
          const how = ['the client', 'the clients', 'all clients'][rankOf(client)];
          problems.push({ ...atTop(file, `${how} ${client} of realm ${realm} are decided by ${other} already`), remedy: 'put the rules into one file' });
        }
        first.set(key, other ?? file);
      }
    }
  }
  return problems;
}

function atTop(file: string, message: string): Problem {
  return { file, line: 1, col: 1, severity: 'error', message };
}
