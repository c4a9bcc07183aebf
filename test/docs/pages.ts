import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export const root = join(import.meta.dirname, '../..');
export const read = (name: string): string => readFileSync(join(root, name), 'utf8');

/** Every page in Markdown, wherever it is. */
export const allPages: readonly string[] = [
  '.',
  'docs',
  'keycloak',
  'rules',
  'test',
  'test/certificates',
  'test/events',
]
  .flatMap((dir) => readdirSync(join(root, dir)).map((name) => join(dir, name)))
  .filter((name) => name.endsWith('.md'));

/** What people read to use the product or to work on it. The changelog and notes beside test data are not among them. */
export const handbook = allPages.filter((name) => !/^(CHANGELOG|test)/.test(name));

/** Without code blocks, comments and what is generated. Lines keep their numbers. */
export function written(name: string): string {
  const blank = (text: string): string => text.replaceAll(/[^\n]/g, '');
  return read(name)
    .replace(/<!-- reference -->.*/s, blank)
    .replaceAll(/^ *```.*?^ *```$/gms, blank)
    .replaceAll(/<!--.*?-->/gs, blank);
}

/** Sentences of paragraphs and list items, each with the line on which its paragraph begins. Not those of tables. */
export function sentences(name: string): { readonly line: number; readonly text: string }[] {
  const paragraphs: { line: number; text: string }[] = [];
  let open = false;
  for (const [index, text] of written(name).split('\n').entries()) {
    const starts = /^ *(?:[-*>]|\d+\.) /.test(text);
    const apart = text.trim() === '' || /^(?:#|\||<)/.test(text.trim());
    const last = paragraphs.at(-1);
    if (!apart && open && !starts && last !== undefined) {
      last.text += ` ${text.trim()}`;
    } else if (!apart) {
      paragraphs.push({ line: index + 1, text: text.trim() });
    }
    open = !apart;
  }
  return paragraphs.flatMap(({ line, text }) => {
    const plain = text.replaceAll(/`[^`]*`/g, 'code').replaceAll(/\]\([^)]*\)/g, '');
    return plain.split(/(?<=[.!?][)"*_]*) /).map((sentence) => ({ line, text: sentence }));
  });
}

export const wordsOf = (text: string): readonly string[] => text.match(/[\p{L}\p{N}][\p{L}\p{N}'’.-]*/gu) ?? [];

/** Cells of the rows of the table that follows the first `start` in a text; without back quotes. */
export function tableAfter(text: string, start: string): string[][] {
  const rows = text.slice(text.indexOf(start)).split('\n');
  const from = rows.findIndex((row) => row.startsWith('|---'));
  const length = rows.slice(from).findIndex((row) => !row.startsWith('|'));
  return rows
    .slice(from + 1, length < 0 ? undefined : from + length)
    .map((row) => row.split('|').map((cell) => cell.trim().replaceAll('`', '')));
}

/** Every source file of the service. */
export function sources(): readonly string[] {
  return ['src', 'workers'].flatMap((dir) =>
    readdirSync(join(root, dir), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .map((name) => read(join(dir, name))),
  );
}
