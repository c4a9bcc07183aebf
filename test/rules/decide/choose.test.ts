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

  it('finds none where none is meant', () => {
    expect(choose(bookOf({ 'exact.yaml': fileFor('acme', 'shop') }), 'beta', 'shop')).toBeNull();
  });
});
