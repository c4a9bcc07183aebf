import { realpathSync, readFileSync, statSync } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import { isAbsolute, join, relative, sep } from 'node:path';

import type { FileMark } from './debounce.ts';
import { utf8Text } from '../../platform/utf8.ts';
import { type Changeable, changeableBy } from './changeable.ts';

/** Editors' own files, and `..data` of Kubernetes. */
export function isHidden(name: string): boolean {
  return name.split('/').some((part) => part.startsWith('.') || part === 'node_modules');
}

/** What reading a file of the rules folder gave. */
export type Content = { readonly text: string; readonly changeable?: Changeable | null } | { readonly problem: string };
/** The same of a file that is no text. */
export type Bytes = { readonly bytes: Buffer; readonly changeable?: Changeable | null } | { readonly problem: string };

/**
 * The rules folder. Nothing outside it is read, also not through a link. Else a person who may write rules could read
 * the secrets of the service, because error messages quote files.
 */
export class RulesFolder {
  readonly #dir: string;

  constructor(dir: string) {
    this.#dir = dir;
  }

  /** All files of the folder and below, sorted, with `/`. Hidden ones are left out. */
  async names(): Promise<string[]> {
    const entries = await readdir(this.#dir, { recursive: true });
    return entries
      .map((name) => name.split(sep).join('/'))
      .filter((name) => !isHidden(name))
      .toSorted();
  }

  /** Who else may put files into it. */
  async changeable(): Promise<Changeable | null> {
    return changeableBy(await stat(this.#dir));
  }

  read(name: string, maxBytes: number): Content {
    return textIn(name, this.bytes(name, maxBytes));
  }

  bytes(name: string, maxBytes: number): Bytes {
    try {
      const real = realpathSync(join(this.#dir, name));
      const inside = relative(realpathSync(this.#dir), real);
      if (isAbsolute(inside) || inside.split(sep)[0] === '..') {
        return { problem: `${name} lies outside the rules folder` };
      }
      const about = statSync(real);
      if (!about.isFile()) {
        return { problem: `${name} is no file` };
      }
      if (about.size > maxBytes) {
        return { problem: `${name} is larger than ${maxBytes / 1024} KiB` };
      }
      return { bytes: readFileSync(real), changeable: changeableBy(about) };
    } catch (error) {
      return { problem: `${name} cannot be read: ${(error as NodeJS.ErrnoException).code ?? String(error)}` };
    }
  }

  /**
   * Changes whenever a file may have changed; far cheaper than reading them. Follows links, as Kubernetes swaps them. What
   * no link leads to is left out.
   */
  async marks(): Promise<readonly FileMark[]> {
    const names = await this.names();
    const marks = await Promise.all(names.map((name) => this.#mark(name)));
    return marks.filter((mark) => mark !== null);
  }

  async #mark(name: string): Promise<FileMark | null> {
    try {
      const path = await realpath(join(this.#dir, name));
      const { ino: inode, size, mtimeMs, ctimeMs } = await stat(path);
      return { name, path, inode, size, mtimeMs, ctimeMs };
    } catch {
      return null;
    }
  }
}

/** Another encoding is a problem. Read as UTF-8 all the same, "München" would become another name, which nobody has. */
export function textIn(name: string, content: Bytes): Content {
  if ('problem' in content) {
    return content;
  }
  const { bytes, ...rest } = content;
  const text = utf8Text(bytes);
  return text === null ? { problem: `${name} is not UTF-8: save it as UTF-8` } : { text, ...rest };
}
