import { describe, expect, it } from '@jest/globals';

import { choose } from '../../../src/rules/decide/choose.ts';
import { bookOf } from '../facts.ts';

function fileFor(realm: string, clients: string): string {
  return `version: 1\nrealm: ${realm}\nclients: ${clients}\nrules: [{ name: one, then: [] }]\n`;
}

const book = bookOf({
  'all.yaml': fileFor('"*"', '"*"'),
  'acme.yaml': fileFor('acme', '"*"'),
  'glob.yaml': fileFor('acme', '"partner-*"'),
  'longer.yaml': fileFor('acme', '"partner-por*"'),
  'exact.yaml': fileFor('[acme, beta]', '[partner-portal, blog]'),
  'everywhere.yaml': fileFor('"*"', 'blog'),
});

describe('src/rules/decide/choose', () => {
  it.each([
    ['acme', 'partner-portal', 'exact.yaml', 'the client exactly, before a glob'],
    ['acme', 'partner-portfolio', 'longer.yaml', 'the longer glob'],
    ['acme', 'partner-x', 'glob.yaml', 'a glob before "*"'],
    ['acme', 'shop', 'acme.yaml', 'the realm exactly, before "*"'],
    ['acme', 'blog', 'exact.yaml', 'both exactly'],
    ['gamma', 'blog', 'everywhere.yaml', 'the client in all realms'],
    ['gamma', 'shop', 'all.yaml', 'everything'],
    ['acme', 'Blog', 'acme.yaml', 'letter case as Keycloak has it'],
  ])('in %s, %s is decided by %s: %s', (realm, client, file) => {
    expect(choose(book, realm, client)?.file).toBe(file);
  });

  it('compares realms of the same client: exactly, then a glob, then "*"', () => {
    const realms = bookOf({
      'all.yaml': fileFor('"*"', 'shop'),
      'glob.yaml': fileFor('"ac*"', 'shop'),
      'exact.yaml': fileFor('acme', 'shop'),
    });
    expect(['acme', 'academy', 'beta'].map((realm) => choose(realms, realm, 'shop')?.file)).toEqual([
      'exact.yaml',
      'glob.yaml',
      'all.yaml',
    ]);
  });

  it('takes the first by name among files that are meant equally, in whichever order they were read', () => {
    const [a, b] = [fileFor('acme', '"shop-*"'), fileFor('acme', '"*-shop"')];
    for (const files of [
      { 'a.yaml': a, 'b.yaml': b },
      { 'b.yaml': b, 'a.yaml': a },
    ]) {
      expect(choose(bookOf(files), 'acme', 'shop-shop')?.file).toBe('a.yaml');
    }
  });

  it('finds none where none is meant', () => {
    expect(choose(bookOf({ 'exact.yaml': fileFor('acme', 'shop') }), 'beta', 'shop')).toBeNull();
  });
});
