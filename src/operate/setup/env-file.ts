import { readFile, realpath, rename, writeFile } from 'node:fs/promises';
import { parseEnv } from 'node:util';

import { ServiceError } from '../../platform/errors.ts';

/** One setting for the file. An empty value is a blank that the operator fills in. */
export interface EnvLine {
  readonly name: string;
  readonly value: string;
  readonly about: string;
}

export interface EnvFile {
  readonly text: string;
  /** Names that the file has a value for now, and had none before. */
  readonly added: readonly string[];
  /** Names that still wait for a value. */
  readonly blanks: readonly string[];
}

export type EnvValues = Readonly<Record<string, string | undefined>>;

/**
 * Adds what an environment file lacks. A value that is there stays, whatever is wanted; so does every other line. A
 * secret counts as there when the path of its file is there, and the other way round.
 */
export function mergeEnv(existing: string | null, wanted: readonly EnvLine[], head: string): EnvFile {
  const there = parseEnv(existing ?? '') as EnvValues;
  const has = (name: string): boolean => [name, otherForm(name)].some((form) => (there[form] ?? '') !== '');
  const lacking = wanted.filter(({ name }) => !has(name));
  const lines = existing === null ? [head, ''] : existing.trimEnd().split('\n');
  for (const { name, value, about } of lacking) {
    const line = `${name}=${quoted(value)}`;
    const blank = lines.findIndex((found) => new RegExp(`^\\s*(export\\s+)?${name}\\s*=`).test(found));
    if (blank < 0) {
      lines.push(`# ${value === '' ? 'FILL IN: ' : ''}${about}`, line, '');
    } else if (value !== '') {
      lines[blank] = line;
    }
  }
  return {
    text: `${lines.join('\n').trimEnd()}\n`,
    added: lacking.filter(({ value }) => value !== '').map(({ name }) => name),
    blanks: lacking.filter(({ value }) => value === '').map(({ name }) => name),
  };
}

/** The text of the file; `null`: there is none. @throws ServiceError CONFIG_INVALID when it cannot be read */
export async function readEnvFile(file: string): Promise<string | null> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') {
      return null;
    }
    throw new ServiceError('CONFIG_INVALID', `${file} cannot be read: ${code ?? String(error)}`);
  }
}

/** Writes it at once and whole, readable by its owner alone, also where the file before was not. */
export async function writeEnvFile(file: string, text: string): Promise<void> {
  const target = await realpath(file).catch(() => file);
  const half = `${target}.${process.pid}`;
  await writeFile(half, text, { mode: 0o600, flag: 'wx' });
  await rename(half, target);
}

function otherForm(name: string): string {
  return name.endsWith('_FILE') ? name.replace(/_FILE$/, '') : `${name}_FILE`;
}

/** Only where it must be: Docker takes quotes for a part of the value. */
function quoted(value: string): string {
  if (!/[#'"`\\]|^\s|\s$/.test(value)) {
    return value;
  }
  // Double quotes last: between them Node makes a line break of "\n".
  const quote = ["'", '`', '"'].find((mark) => !value.includes(mark)) ?? "'";
  return `${quote}${value}${quote}`;
}
