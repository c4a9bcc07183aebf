import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { afterEach, describe, expect, it } from '@jest/globals';

import { buildRuleBook, loadRules } from '../../../src/rules/load/load.ts';
import { formatProblem } from '../../../src/rules/load/problem.ts';

const folders: string[] = [];
afterEach(async () => {
  await Promise.all(folders.splice(0).map((dir) => rm(dir, { recursive: true })));
});

async function folder(files: Record<string, string> = {}): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'vestibule-rules-'));
  folders.push(dir);
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(dir, name)), { recursive: true });
    await writeFile(join(dir, name), text);
  }
  return dir;
}

function rules(clients: string, when = 'source: form'): string {
  return `version: 1\nrealm: acme\nclients: ${clients}\nrules:\n  - name: one\n    when: { ${when} }\n    then: []\n`;
}

async function problemsIn(dir: string): Promise<string[]> {
  const { book, problems } = await loadRules(dir);
  expect(book === null).toBe(problems.some(({ severity }) => severity === 'error'));
  return problems.map(formatProblem);
}

describe('src/rules/load/load', () => {
  it('loads the rule files of a folder, and leaves tests, lists and hidden files alone', async () => {
    const dir = await folder({
      'a.yaml': rules('a'),
      'b.yml': rules('b'),
      'a.test.yaml': 'no rules',
      '.hidden.yaml': 'no rules',
      'notes.md': 'no rules',
      'b.test.yml': 'no rules',
      'a.yaml.bak': 'no rules',
      'a.test.yaml.yaml': rules('c'),
      'node_modules/x.yaml': 'no rules',
      'lists/x.txt': 'a.example',
    });
    const { book, problems } = await loadRules(dir);
    expect(problems).toEqual([]);
    expect(book?.files.map(({ file }) => file)).toEqual(['a.test.yaml.yaml', 'a.yaml', 'b.yml']);
  });

  it('gives the same version to the same contents, and another one when a list changes', async () => {
    const when = 'email-domain: { list: lists/x.txt }';
    const files = { 'a.yaml': rules('a', when), 'lists/x.txt': 'a.example' };
    const [one, two, three] = await Promise.all([
      loadRules(await folder(files)),
      loadRules(await folder(files)),
      loadRules(await folder({ ...files, 'lists/x.txt': 'b.example' })),
    ]);
    expect(one.book?.version).toMatch(/^[0-9a-f]{12}$/);
    expect(two.book?.version).toBe(one.book?.version);
    expect(three.book?.version).not.toBe(one.book?.version);
  });

  it('gives the same version in whatever order the files are listed', () => {
    const texts: Record<string, string> = { 'a.yaml': rules('a'), 'b.yaml': rules('b'), 'c.yaml': rules('c') };
    const versionOf = (...names: string[]) =>
      buildRuleBook(names, (name) => ({ text: texts[name] ?? '' })).book?.version;
    const versions = [versionOf('a.yaml', 'b.yaml', 'c.yaml'), versionOf('c.yaml', 'a.yaml', 'b.yaml')];
    expect(versions).toEqual([expect.any(String), versions[0]]);
    expect(versionOf('b.yaml', 'c.yaml', 'a.yaml')).toBe(versions[0]);
  });

  it('names each file that cannot be read as one, and why', async () => {
    const list = (name: string) => rules(`[${name.slice(0, -4)}]`, `email-domain: { list: ${name} }`);
    const dir = await folder({
      'dir.yaml/x.txt': 'a folder',
      'large.yaml': `${rules('[large]')}${'#'.repeat(256 * 1024)}`,
      'latin.yaml': '',
      'list.yaml': list('list.txt'),
      'list.txt': `${'#'.repeat(4 * 1024 * 1024)}\n`,
    });
    await writeFile(join(dir, 'latin.yaml'), Buffer.from(rules('[M\u00fcnchen]'), 'latin1'));
    expect(await problemsIn(dir)).toEqual([
      'dir.yaml:1:1 dir.yaml is no file',
      'large.yaml:1:1 large.yaml is larger than 256 KiB',
      'latin.yaml:1:1 latin.yaml is not UTF-8: save it as UTF-8',
      'list.yaml:6:35 rules[0].when.email-domain.list: list.txt is larger than 4096 KiB',
    ]);
  });

  it('reads a file that is just as large as one may be', async () => {
    const text = rules('[large]');
    const dir = await folder({ 'large.yaml': `${text}${'#'.repeat(256 * 1024 - text.length)}` });
    expect(await problemsIn(dir)).toEqual([]);
  });

  it('takes all files or none', async () => {
    const dir = await folder({ 'a.yaml': rules('a'), 'b.yaml': 'version: 3\n' });
    expect((await loadRules(dir)).book).toBeNull();
  });

  it('reads nothing outside the folder, also not through a link', async () => {
    const outside = await folder({ 'secret.txt': 'topsecret', 'rules.yaml': rules('c') });
    const dir = await folder({
      'a.yaml': rules('a', 'email-domain: { list: ../secret.txt }'),
      'b.yaml': rules('b', 'email-domain: { list: link.txt }'),
    });
    await writeFile(join(dirname(dir), 'secret.txt'), 'topsecret');
    await symlink(join(outside, 'secret.txt'), join(dir, 'link.txt'));
    await symlink(join(outside, 'rules.yaml'), join(dir, 'c.yaml'));
    expect(await problemsIn(dir)).toEqual([
      'a.yaml:6:35 rules[0].when.email-domain.list: ../secret.txt lies outside the rules folder',
      'b.yaml:6:35 rules[0].when.email-domain.list: link.txt lies outside the rules folder',
      'c.yaml:1:1 c.yaml lies outside the rules folder',
    ]);
    await rm(join(dirname(dir), 'secret.txt'));
  });

  it('reads files as Kubernetes mounts them', async () => {
    const dir = await folder({ '..2026_11_24/a.yaml': rules('a') });
    await symlink('..2026_11_24', join(dir, '..data'));
    await symlink('..data/a.yaml', join(dir, 'a.yaml'));
    expect(await problemsIn(dir)).toEqual([]);
  });

  it.each([
    [
      { 'a.yaml': rules('shop'), 'b.yaml': rules('[blog, shop]') },
      'b.yaml:1:1 client shop of realm acme is decided by a.yaml already, put the rules into one file',
    ],
    [
      { 'a.yaml': rules('"p-*"'), 'b.yaml': rules('"p-*"') },
      'b.yaml:1:1 the clients p-* of realm acme is decided by a.yaml already, put the rules into one file',
    ],
    [
      { 'a.yaml': rules('"p-*"'), 'b.yaml': rules('"*-x"') },
      'b.yaml:1:1 warning: *-x and p-* of a.yaml can name the same client; the longer one decides, name such clients exactly',
    ],
    [{ 'a.yaml': rules('[shop, shop]') }, 'a.yaml:1:1 names client shop of realm acme twice, name it once'],
    [
      { 'a.yaml': rules('a'), 'more/b.yaml': rules('b') },
      'more/b.yaml:1:1 warning: is not read: it lies in a sub-folder, move it up',
    ],
  ])('finds files that get in each other’s way: %j', async (files, problem) => {
    expect(await problemsIn(await folder(files))).toEqual([problem]);
  });

  it.each([
    ['a glob and a client that it matches', { 'a.yaml': rules('"p-*"'), 'b.yaml': rules('p-x') }],
    ['a glob and all', { 'a.yaml': rules('"p-*"'), 'b.yaml': rules('"*"') }],
    ['globs that no client matches both', { 'a.yaml': rules('"p-*"'), 'b.yaml': rules('"q-*"') }],
    ['globs of two realms', { 'a.yaml': rules('"p-*"'), 'b.yaml': rules('"*-x"').replace('acme', 'initech') }],
    ['globs of one file', { 'a.yaml': rules('["p-*", "*-x"]') }],
  ])('leaves alone %s', async (_, files) => {
    expect(await problemsIn(await folder(files))).toEqual([]);
  });

  it('does not read rules in a sub-folder', async () => {
    const { book } = await loadRules(await folder({ 'a.yaml': rules('a'), 'more/b.yaml': rules('b') }));
    expect(book?.files.map(({ file }) => file)).toEqual(['a.yaml']);
  });

  it('says so when there is no folder, or nothing in it', async () => {
    const dir = await folder();
    expect(await problemsIn(dir)).toEqual([`.:1:1 the rules folder ${dir} holds no *.yaml file`]);
    expect(await problemsIn(join(dir, 'nowhere'))).toEqual([
      `.:1:1 the rules folder ${join(dir, 'nowhere')} cannot be read: ENOENT`,
    ]);
  });

  it('loads the rules that come with the program', async () => {
    const dir = join(import.meta.dirname, '../../../rules');
    const { book, problems } = await loadRules(dir);
    expect(problems).toEqual([]);
    expect(book?.files.length).toBeGreaterThanOrEqual(3);
  });

  it('warns of files, and of a folder, that every user of the machine may change', async () => {
    const files = {
      'a.yaml': rules('a', 'email-domain: { list: lists/x.txt }'),
      'b.yaml': rules('b', 'email-domain: { list: lists/x.txt }'),
      'lists/x.txt': 'a.example',
    };
    const dir = await folder(files);
    expect(await problemsIn(dir)).toEqual([]);
    await chmod(join(dir, 'a.yaml'), 0o666);
    await chmod(join(dir, 'lists/x.txt'), 0o666);
    await chmod(dir, 0o777);
    const open = 'warning: every user of this machine may change it, and so decide who gets in, chmod o-w';
    expect(await problemsIn(dir)).toEqual([`a.yaml:1:1 ${open}`, `lists/x.txt:1:1 ${open}`, `.:1:1 ${open}`]);
    await chmod(dir, 0o1777); // as /tmp: nobody may replace what is another's
    expect(await problemsIn(dir)).toHaveLength(2);
  });

  it('reads templates with the rules, gives another version to another template, and names what is none', async () => {
    const file = 'templates/en/welcome.liquid';
    const one = await folder({ 'a.yaml': rules('a'), [file]: 'Subject: x\n\nText', 'templates/README.md': 'notes' });
    const other = await folder({ 'a.yaml': rules('a'), [file]: 'Subject: y\n\nText' });
    const [first, second] = [await loadRules(one), await loadRules(other)];
    expect(first.problems).toEqual([]);
    expect(first.book?.templates).toEqual([{ file, text: 'Subject: x\n\nText' }]);
    expect(second.book?.version).not.toBe(first.book?.version);
    const wrong = await folder({ 'a.yaml': rules('a'), 'templates/en/welcome.txt': 'x', 'templates/en/a.yaml': 'x' });
    expect(await problemsIn(wrong)).toEqual([
      'templates/en/a.yaml:1:1 warning: is not read: it lies in a sub-folder, move it up',
      'templates/en/welcome.txt:1:1 warning: is not read: it is no template, let its name end in .liquid',
    ]);
    const large = await folder({ 'a.yaml': rules('a'), [file]: `Subject: x\n\n${'x'.repeat(16 * 1024)}` });
    expect(await problemsIn(large)).toEqual([`${file}:1:1 ${file} is larger than 16 KiB`]);
  });
});
