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
    expect(log.at(-1)).toContain('shop.yaml:1:1 no file names shop of realm acme any more');
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
    expect(third.log.filter((line) => line.includes('cannot be read any more'))).toEqual([]);
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
    expect(log.at(-1)).toContain('Redis is away');
  });

  it('keeps each file by its own rules, whichever goes', async () => {
    const { change, ruleFor } = start({ 'blog.yaml': file('[blog]'), 'shop.yaml': file('[shop]') });
    await change({ 'blog.yaml': file('[blog]') });
    expect([ruleFor('blog'), ruleFor('shop')]).toEqual(['of [blog]', 'of [shop]']);
    await change({ 'wiki.yaml': file('[wiki]') });
    expect([ruleFor('blog'), ruleFor('shop'), ruleFor('wiki')]).toEqual(['of [blog]', 'of [shop]', 'of [wiki]']);
  });

  it('has the version of the files while nothing is kept, and one of its own for what is kept', async () => {
    const blog = { 'blog.yaml': file('[blog]') };
    const one = start({ ...blog, 'shop.yaml': file('[shop]') });
    expect(one.rules.book.version).toBe(read({ ...blog, 'shop.yaml': file('[shop]') }).book?.version);
    const other = start({ ...blog, 'shop.yaml': file('[shop]', '[delete-user]') });
    await one.change(blog);
    await other.change(blog);
    const versions = [one.rules.book.version, other.rules.book.version, read(blog).book?.version];
    expect(new Set(versions).size).toBe(3);
    expect(versions.every((version) => /^[0-9a-f]{12}$/.test(version ?? ''))).toBe(true);
  });

  it('of two remembered files for the same clients, keeps the first', async () => {
    const { port } = createMemory();
    const source = (name: string, then: string): RuleSource => ({
      file: name,
      texts: { [name]: file('[shop]', then) },
    });
    await port.save([source('new.yaml', '[disable-user]'), source('old.yaml', '[delete-user]')]);
    const { rules } = start({ 'blog.yaml': file('[blog]') });
    await rules.remember(port);
    expect(rules.problems.map((problem) => problem.file)).toEqual(['new.yaml']);
    expect(rules.book.files.map((kept) => kept.file)).toEqual(['blog.yaml', 'new.yaml']);
  });

  it('says so when a list of remembered rules is not remembered', async () => {
    const { port } = createMemory();
    await port.save([{ file: 'shop.yaml', texts: { 'shop.yaml': listed } }]);
    const { rules, log } = start({ 'blog.yaml': file('[blog]') });
    await rules.remember(port);
    expect(log.filter((line) => line.includes('cannot be read any more'))).toHaveLength(1);
  });

  describe('of the rules in force', () => {
    const doubtful = `version: 1\nrealm: acme\nclients: [shop]\nrules:\n  - name: google\n    when: { source: google }\n    then: [disable-user]\n`;

    it('logs the version and how many files there are, and each weakness, once', async () => {
      const { change, log, rules } = start({ 'shop.yaml': doubtful });
      await change({ 'shop.yaml': doubtful });
      expect(log.map((line) => JSON.parse(line) as object)).toMatchObject([
        { msg: 'rules in force', version: rules.book.version, files: 1 },
        { msg: 'a rule file has a weakness', problem: expect.stringMatching(/^shop\.yaml:6:13 warning: /) },
      ]);
    });

    it('does what they say, unless all of them only try', () => {
      expect(start({ 'shop.yaml': file('[shop]') }).rules.book.files[0]?.rules[0]).toMatchObject({ dryRun: false });
      const { book, sources } = read({ 'shop.yaml': file('[shop]') });
      if (book === null) {
        throw new Error('no book');
      }
      const options = { log: pino({ enabled: false }), dryRun: true, onChange: () => undefined };
      const trying = new RulesInForce(options, { book, sources }, []);
      expect(trying.book.files[0]?.rules[0]).toMatchObject({ dryRun: true });
    });
  });
});
