import { existsSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';

import { describe, expect, it } from '@jest/globals';

import { allPages, read, root, written } from './pages.ts';

/** The anchors of a page's headings, as GitHub makes them. */
function anchors(page: string): Set<string> {
  const headings = read(page)
    .replaceAll(/^ *```.*?^ *```$/gms, '')
    .matchAll(/^#+ +(.*)$/gm);
  const seen = new Map<string, number>();
  return new Set(
    [...headings].map(([, text = '']) => {
      const anchor = text
        .replaceAll(/\]\([^)]*\)/g, '')
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N}_ -]/gu, '')
        .replaceAll(' ', '-');
      const before = seen.get(anchor) ?? 0;
      seen.set(anchor, before + 1);
      return before === 0 ? anchor : `${anchor}-${before}`;
    }),
  );
}

describe('links', () => {
  it.each(allPages)('of %s lead to files and headings that are there', (page) => {
    const targets = [...written(page).matchAll(/\]\(([^)\s]+)\)|\b(?:src|href)="([^"]+)"/g)]
      .map(([, link, attribute]) => link ?? attribute ?? '')
      .filter((target) => !/^[a-z]+:/.test(target));
    const broken = targets.filter((target) => {
      const [path = '', anchor] = target.split('#');
      const file = path === '' ? page : normalize(join(dirname(page), path));
      return !existsSync(join(root, file)) || (anchor !== undefined && !anchors(file).has(anchor));
    });
    expect(broken).toEqual([]);
  });

  it('lead to every page of the handbook from the README', () => {
    const readme = read('README.md');
    const pages = allPages.filter((page) => /^docs\/|^(?:keycloak|rules)\/README|^[A-Z]+\.md$/.test(page));
    expect(pages.filter((page) => page !== 'README.md' && !readme.includes(`(${page})`))).toEqual([]);
  });
});
