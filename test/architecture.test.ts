import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';

import { describe, expect, it } from '@jest/globals';

const root = join(import.meta.dirname, '..');

/** From top to bottom. A folder imports from lower rows only; folders of one row know nothing of each other. */
const rows = [
  ['cli'],
  ['app', 'operate'],
  ['adapters', 'workers', 'http'],
  ['execute', 'messages'],
  ['approvals'],
  ['jobs'],
  ['rules'],
  ['ingest'],
  ['platform'],
] as const;

/** The pure core brings in these packages and no others. */
const packages: Readonly<Record<string, readonly string[]>> = {
  ingest: ['ipaddr.js', 'pino', 'zod'],
  rules: ['ipaddr.js', 'pino', 're2js', 'yaml', 'zod'],
  jobs: ['pino', 'zod'],
  approvals: ['pino', 'zod'],
  execute: ['pino'],
  messages: ['liquidjs'],
};

interface Import {
  readonly file: string;
  /** A file of this project, or the name of a package. */
  readonly target: string;
}

const files = ['src', 'workers'].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join(folder, name)),
);
const imports = files.flatMap(importsOf);

function importsOf(file: string): Import[] {
  const text = readFileSync(join(root, file), 'utf8');
  return [...text.matchAll(/^(?:import|export)\b[^;]*?\bfrom '([^']+)'|^import '([^']+)'/gm)]
    .map(([, from, bare]) => from ?? bare ?? '')
    .filter((name) => !name.startsWith('node:'))
    .map((name) => ({ file, target: name.startsWith('.') ? relative(root, join(root, file, '..', name)) : name }));
}

function folderOf(path: string): string {
  const [top = '', folder = ''] = path.split('/');
  return top === 'src' ? folder : top;
}

function rowOf(folder: string): number {
  return rows.findIndex((row) => row.some((name) => name === folder));
}

describe('the architecture', () => {
  it('has a row for each folder, and a folder for each name', () => {
    expect([...new Set(files.map(folderOf))].toSorted()).toEqual(rows.flat().toSorted());
    expect(readdirSync(join(root, 'src')).length).toBeLessThanOrEqual(13);
  });

  it.each(rows.flat())('%s imports from lower rows only', (folder) => {
    const upward = imports
      .filter(({ file, target }) => folderOf(file) === folder && files.includes(target))
      .filter(({ target }) => folderOf(target) !== folder && rowOf(folderOf(target)) <= rowOf(folder))
      .map(({ file, target }) => `${file} imports ${target}`);
    expect(upward).toEqual([]);
  });

  it.each(Object.entries(packages))('%s brings in %j, and no other package', (folder, allowed) => {
    const others = imports
      .filter(({ file, target }) => folderOf(file) === folder && !files.includes(target) && !allowed.includes(target))
      .map(({ file, target }) => `${file} imports ${target}`);
    expect(others).toEqual([]);
  });

  it('has no circles, of types neither', () => {
    const next = new Map<string, string[]>(files.map((file) => [file, []]));
    for (const { file, target } of imports) {
      next.get(file)?.push(...(files.includes(target) ? [target] : []));
    }
    // What imports nothing that is left cannot be in a circle.
    for (let before = -1; before !== next.size;) {
      before = next.size;
      for (const [file, targets] of next) {
        if (!targets.some((target) => next.has(target))) {
          next.delete(file);
        }
      }
    }
    expect([...next.keys()]).toEqual([]);
  });

  it('verifies every certificate: no file turns that off', () => {
    const off = /rejectUnauthorized['"]?\s*:|checkServerIdentity|NODE_TLS_REJECT_UNAUTHORIZED/;
    expect(files.length).toBeGreaterThan(100);
    expect(files.filter((file) => off.test(readFileSync(join(root, file), 'utf8')))).toEqual([]);
  });
});
