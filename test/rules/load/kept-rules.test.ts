import { describe, expect, it } from '@jest/globals';
import { pino } from 'pino';

import type { RuleMemory } from '../../../src/rules/load/kept-rules.ts';
import { buildRuleBook, type RuleSource } from '../../../src/rules/load/load.ts';
import { RulesInForce } from '../../../src/rules/load/rules-in-force.ts';
import { choose } from '../../../src/rules/decide/choose.ts';

type Files = Readonly<Record<string, string>>;

const file = (clients: string, then = '[disable-user]', realm = 'acme'): string =>
  `version: 1\nrealm: ${realm}\nclients: ${clients}\nrules:\n  - name: 'of ${clients}'\n    then: ${then}\n`;
const listed = `version: 1\nrealm: acme\nclients: [shop]\nrules:\n  - name: throwaway\n    when: { email-domain: { list: l.txt } }\n    then: [delete-user]\n`;

/** What all instances share. */
function createMemory() {
  const memory = { sources: [] as readonly RuleSource[] };
  const port: RuleMemory = {
    load: async () => memory.sources,
    save: async (sources) => void (memory.sources = structuredClone(sources)),
  };
  return { memory, port };
}

const read = (files: Files) =>
  buildRuleBook(
    Object.keys(files).filter((name) => name.endsWith('.yaml')),
    (name) => ({ text: files[name] ?? '' }),
  );

/** An instance, with the rules folder that it sees. */
function start(files: Files, { allowRemoval = false } = {}) {
  const { book, sources, problems } = read(files);
  if (book === null) {
    throw new Error(JSON.stringify(problems));
  }
  const log: string[] = [];
  const states: boolean[] = [];
  const options = {
    log: pino({}, { write: (line: string) => void log.push(line) }),
    allowRemoval,
    onChange: ({ ok }: { ok: boolean }) => void states.push(ok),
  };
  const rules = new RulesInForce(options, { book, sources }, problems);
  return {
    rules,
    log,
    states,
    change: (next: Files) => rules.take(read(next)),
    ruleFor: (client: string, realm = 'acme') => choose(rules.book, realm, client)?.rules[0]?.name ?? null,
  };
}

describe('src/rules/load/kept-rules', () => {
  it('keeps the rules of a file in force that is gone, takes up the others, and says so', async () => {
    const { rules, change, ruleFor, log, states } = start({ 'shop.yaml': file('[shop]'), 'blog.yaml': file('[blog]') });
    await change({ 'blog.yaml': file('[blog, wiki]') });
    expect([ruleFor('shop'), ruleFor('wiki')]).toEqual(['of [shop]', 'of [blog, wiki]']);
    expect(rules.problems).toMatchObject([
      { file: 'shop.yaml', severity: 'error', message: expect.stringContaining('no file names shop of realm acme') },
    ]);
    expect(log.at(-1)).toContain('a rule file is gone; its last rules stay in force');
    expect(states).toEqual([true, false]);
  });

  it.each<[string, Files]>([
    ['the file is back', { 'shop.yaml': file('[shop]'), 'blog.yaml': file('[blog]') }],
    ['it has another name', { 'store.yaml': file('[shop]'), 'blog.yaml': file('[blog]') }],
    ['a file says that everybody may stay', { 'open.yaml': file('[shop]', '[]'), 'blog.yaml': file('[blog]') }],
    ['a file is for all clients', { 'all.yaml': file('"*"') }],
  ])('ends that when %s', async (_, next) => {
    const { rules, change, states } = start({ 'shop.yaml': file('[shop]'), 'blog.yaml': file('[blog]') });
    await change({ 'blog.yaml': file('[blog]') });
    await change(next);
    expect(rules.problems).toEqual([]);
    expect(rules.book.files.map(({ file: name }) => name)).toEqual(Object.keys(next));
    expect(states.at(-1)).toBe(true);
  });

  it('keeps rules that keep people out where a wider file would let them in, until that names the client too', async () => {
    const { rules, change, ruleFor } = start({
      'shop.yaml': file('[shop]'),
      'all.yaml': file('"*"', '[{ join-group: /all }]'),
    });
    await change({ 'all.yaml': file('"*"', '[{ join-group: /all }]') });
    expect([ruleFor('shop'), ruleFor('blog')]).toEqual(['of [shop]', 'of "*"']);
    expect(rules.problems).toHaveLength(1);
    await change({ 'all.yaml': file('["*", shop]', '[{ join-group: /all }]') });
    expect(rules.problems).toEqual([]);
    expect(ruleFor('shop')).toBe('of ["*", shop]');
  });

  it('takes a wider file at once for rules that kept nobody out', async () => {
    const { rules, change, ruleFor } = start({
      'shop.yaml': file('[shop]', '[{ join-group: /buyers }]'),
      'all.yaml': file('"*"', '[{ join-group: /all }]'),
    });
    await change({ 'all.yaml': file('"*"', '[{ join-group: /all }]') });
    expect(rules.problems).toEqual([]);
    expect(ruleFor('shop')).toBe('of "*"');
  });

  it('a file that was confirmed may go, and so may one that did nothing', async () => {
    const { rules, change } = start({ 'shop.yaml': file('[shop]'), 'open.yaml': file('[open]', '[]') });
    await change({ 'shop.yaml': file('[shop]', '[]') });
    await change({ 'blog.yaml': file('[blog]') });
    expect(rules.problems).toEqual([]);
    expect(rules.book.files).toHaveLength(1);
  });

  it('keeps the part that is lost of a file that still is there', async () => {
    const { change, ruleFor } = start({ 'a.yaml': file('[shop, blog]') });
    await change({ 'a.yaml': file('[blog]') });
    expect([ruleFor('shop'), ruleFor('blog')]).toEqual(['of [shop, blog]', 'of [blog]']);
    await change({ 'a.yaml': file('[blog]'), 'b.yaml': file('[shop]', '[]') });
    expect(ruleFor('shop')).toBe('of [shop]');
  });

  it('keeps them over a restart, with their lists, and on an instance that never saw the file', async () => {
    const { memory, port } = createMemory();
    const shop = { 'shop.yaml': listed, 'l.txt': 'mailinator.com' };
    await start({ ...shop, 'blog.yaml': file('[blog]') }).rules.remember(port);
    const again = start({ 'blog.yaml': file('[blog]') });
    await again.rules.remember(port);
    expect(again.ruleFor('shop')).toBe('throwaway');
    expect(again.log.at(-1)).toContain('a rule file is gone; its last rules stay in force');
    // Once more: it is still remembered, though no folder has it any more.
    const third = start({ 'blog.yaml': file('[blog]') });
    await third.rules.remember(port);
    expect(third.ruleFor('shop')).toBe('throwaway');
    expect(third.rules.book.version).toBe(again.rules.book.version);
    await third.change({ 'blog.yaml': file('[blog]'), 'shop.yaml': file('[shop]', '[]') });
    expect(memory.sources.map(({ file: name }) => name)).toEqual(['blog.yaml', 'shop.yaml']);
    expect(third.rules.problems).toEqual([]);
  });

  it('names another realm as another loss', async () => {
    const { rules, change, ruleFor } = start({ 'a.yaml': file('[shop]', '[disable-user]', '[acme, initech]') });
    await change({ 'a.yaml': file('[shop]') });
    expect(ruleFor('shop', 'initech')).toBe('of [shop]');
    expect(rules.problems).toHaveLength(1);
  });

  it('lets them go at once where ALLOW_RULE_REMOVAL is set, and forgets them', async () => {
    const { memory, port } = createMemory();
    await start({ 'shop.yaml': file('[shop]'), 'blog.yaml': file('[blog]') }).rules.remember(port);
    const { rules, ruleFor } = start({ 'blog.yaml': file('[blog]') }, { allowRemoval: true });
    await rules.remember(port);
    expect(ruleFor('shop')).toBeNull();
    expect(memory.sources.map(({ file: name }) => name)).toEqual(['blog.yaml']);
  });

  it('says when remembered rules cannot be read, and when they cannot be remembered', async () => {
    const { port } = createMemory();
    await port.save([{ file: 'old.yaml', texts: { 'old.yaml': 'version: 0' } }]);
    const { rules, log, change } = start({ 'blog.yaml': file('[blog]') });
    await rules.remember(port);
    expect(log.some((line) => line.includes('cannot be read any more') && line.includes('old.yaml'))).toBe(true);
    port.save = () => Promise.reject(new Error('Redis is away'));
    await change({ 'blog.yaml': file('[blog, wiki]') });
    expect(log.at(-1)).toContain('the rule files in force are not remembered');
  });
});
