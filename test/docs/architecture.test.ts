import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from '@jest/globals';

import { read, root, written } from './pages.ts';

const page = read('docs/architecture.md');

describe('docs/architecture.md', () => {
  it('names no file or folder that is not there', () => {
    const paths = [...written('docs/architecture.md').matchAll(/`([\w./-]+)`/g)]
      .map(([, path = '']) => path)
      .filter((path) => /^(?:src|workers|test|keycloak|stack|bench|rules|docs)(?:\/|$)/.test(path));
    expect(paths.length).toBeGreaterThan(40);
    expect(paths.filter((path) => !existsSync(join(root, path)))).toEqual([]);
  });

  it('has a paragraph for each folder of the source', () => {
    const folders = ['workers', ...readdirSync(join(root, 'src')).map((name) => `src/${name}`)];
    expect(folders.filter((folder) => !page.includes(`\n- \`${folder}\` `))).toEqual([]);
  });

  it('shows the rows of the architecture test', () => {
    const [, shown = ''] = /```text\n(cli\n.*?)```/s.exec(page) ?? [];
    const [, rows = ''] = /const rows = \[\n(.*?)\n\] as const/s.exec(read('test/architecture.test.ts')) ?? [];
    expect(shown.trim().split('\n')).toEqual(
      rows.split('\n').map((row) => [...row.matchAll(/'(\w+)'/g)].map(([, name]) => name).join(', ')),
    );
  });

  it('keeps each decision short: context, decision, consequence', () => {
    const [, decisions = ''] = page.split('\n## Decisions\n');
    const records = decisions.split('\n### ').slice(1);
    expect(records).toHaveLength(7);
    for (const record of records) {
      expect([...record.matchAll(/^\*\*(\w+)\.\*\*/gm)].map(([, name]) => name)).toEqual([
        'Context',
        'Decision',
        'Consequence',
      ]);
      expect(record.trim().split('\n').length).toBeLessThanOrEqual(14);
    }
  });
});
