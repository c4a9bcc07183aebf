import { readdirSync, readFileSync } from 'node:fs';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { main } from '../../src/cli/main.ts';
import { matchesGlob } from '../../src/platform/glob.ts';
import { parseRuleFile } from '../../src/rules/load/file.ts';
import { loadRules } from '../../src/rules/load/load.ts';
import { formatProblem, type Problem } from '../../src/rules/load/problem.ts';
import { plain, readYaml } from '../../src/rules/load/yaml-document.ts';
import { fakeIo } from '../cli/io.ts';
import { file, rule, when } from '../rules/corpus.ts';
import { tryAll, tryGenerated } from './support/cases.ts';
import { formulas, hostileTexts, naughtyStrings, yamlTexts } from './support/corpora.ts';

const folders: string[] = [];
afterEach(() => Promise.all(folders.splice(0).map((dir) => rm(dir, { recursive: true }))));

async function folderWith(name: string, content: string | Uint8Array): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'vestibule-input-'));
  folders.push(dir);
  await writeFile(join(dir, name), content);
  return dir;
}

const load = (text: string) => parseRuleFile('a.yaml', text, () => ({ problem: 'there are no list files here' }));

/** Each problem has a place in the file, words, and nothing that breaks a line or that a terminal obeys. */
function expectWellSaid(problems: readonly Problem[], text: string): void {
  const lines = text.split(/\r\n|\r|\n/).length;
  for (const problem of problems) {
    expect(problem.line).toBeGreaterThan(0);
    expect(problem.line).toBeLessThanOrEqual(lines);
    expect(problem.col).toBeGreaterThan(0);
    const said = formatProblem(problem);
    expect(said).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/);
    expect(text.includes('undefined') || !said.includes('undefined')).toBe(true);
    expect(said.length).toBeLessThan(3_000);
  }
}

const shipped = readdirSync('rules')
  .filter((name) => name.endsWith('.yaml') && !name.endsWith('.test.yaml'))
  .map((name) => [name, readFileSync(join('rules', name), 'utf8')] as const);

/** Where the parser is more lenient than YAML: it takes a directive twice. Rule files lose nothing by it. */
const lenient = new Set(['yaml SF5V/0']);

describe('bad input G: YAML syntax', () => {
  it('refuses what the YAML test suite refuses, with a place; and reads nothing else than the suite does', () =>
    tryAll('G', yamlTexts, ({ yaml, fail, json }, name) => {
      const { root, report } = readYaml('a.yaml', yaml);
      expectWellSaid(report.problems, yaml);
      if (fail) {
        expect(report.failed).toBe(!lenient.has(name));
      } else if (!report.failed && json !== undefined && json.trim() !== '') {
        expect(JSON.parse(JSON.stringify(plain(root)))).toEqual(JSON.parse(json));
      }
    }));

  it('finds none of its documents to be a rule file, and says why', () =>
    tryAll('G', yamlTexts, ({ yaml }) => {
      const { ruleFile, problems } = load(yaml);
      expect(ruleFile).toBeNull();
      expect(problems.length).toBeGreaterThan(0);
      expectWellSaid(problems, yaml);
    }));

  it.each(shipped)('reads %s, or says what is wrong, wherever it is cut off', (_, text) =>
    tryAll(
      'G',
      Array.from(
        { length: Math.floor(text.length / 7) },
        (_, index) => [`the first ${index * 7} letters`, text.slice(0, index * 7)] as const,
      ),
      (part) => {
        const { ruleFile, problems } = load(part);
        expect(ruleFile === null).toBe(problems.some(({ severity }) => severity === 'error'));
        expectWellSaid(problems, part);
      },
    ),
  );

  it('reads or refuses, with a place, a rule file with any letters changed', () =>
    tryGenerated(
      'G',
      fc.tuple(
        fc.constantFrom(...shipped.map(([, text]) => text)),
        fc.array(
          fc.tuple(
            fc.nat(),
            fc.oneof(fc.constantFrom(...'\t:-{}[]&*!|>\'"%@`#,? \n'), fc.string({ unit: 'binary', maxLength: 3 })),
          ),
          { minLength: 1, maxLength: 5 },
        ),
      ),
      ([text, changes]) => {
        const changed = changes.reduce((now, [at, put]) => {
          const place = at % now.length;
          return `${now.slice(0, place)}${put}${now.slice(place + 1)}`;
        }, text);
        const { ruleFile, problems } = load(changed);
        expect(ruleFile === null).toBe(problems.some(({ severity }) => severity === 'error'));
        expectWellSaid(problems, changed);
      },
      300,
    ));
});

describe('bad input H: YAML abuse', () => {
  const times = (count: number, text: (index: number) => string) =>
    Array.from({ length: count }, (_, index) => text(index)).join('');
  const abuses: Readonly<Record<string, string>> = {
    'a billion laughs': `a: &a [x]\n${times(30, (n) => `b${n}: &b${n} [${'*a, '.repeat(9)}*a]\n`)}`,
    'an alias of itself': 'a: &a [*a]\n',
    'a merge key': 'a: &a { x: 1 }\nb: { <<: *a }\n',
    '50,000 keys': times(50_000, (n) => `k${n}: v\n`),
    '50,000 keys in braces': `{${times(50_000, (n) => `k${n}: v,`)}}`,
    '50,000 entries': times(50_000, () => '- a\n'),
    '100,000 lists in each other': '['.repeat(100_000),
    '100,000 maps in each other': '{a: '.repeat(100_000),
    '10,000 dashes': '- '.repeat(10_000),
    '10,000 question marks': '? '.repeat(10_000),
    '1,000 levels of indentation': times(1_000, (n) => `${' '.repeat(n)}a:\n`),
    'one key of 200,000 letters': `${'k'.repeat(200_000)}: v\n`,
    'one value of 200,000 letters': `version: ${'v'.repeat(200_000)}\n`,
    '200,000 blanks': ' '.repeat(200_000),
    '200,000 lines': '\n'.repeat(200_000),
    '200,000 comments': '#\n'.repeat(100_000),
    '100,000 quotes': '"'.repeat(100_001),
    '100,000 anchors': '&a '.repeat(60_000),
    '100,000 tags': '!a '.repeat(60_000),
    '60,000 colons': ': '.repeat(60_000),
    '60,000 documents': '---\n'.repeat(60_000),
    'a tag that runs code elsewhere': '!!js/function "return 1"',
    'a tag of Python': '!!python/object/apply:os.system [id]',
    'a tag for bytes': '!!binary aGk=',
    'a number of 100,000 digits': `version: ${'9'.repeat(100_000)}\n`,
    '300 kB': 'x'.repeat(300_000),
    'a directive': '%YAML 3.0\n---\na: b\n',
    'keys for JavaScript': '__proto__: { polluted: true }\nconstructor: { prototype: { polluted: true } }\n',
    'a zero byte': 'version: 1\u0000\n',
    'a return alone between lines': 'version: 1\rrealm: acme\r',
  };

  it('refuses each soon, and the process lives', () =>
    tryAll('H', Object.entries(abuses), (text) => {
      const { ruleFile, problems } = load(text);
      expect(ruleFile).toBeNull();
      expectWellSaid(problems, text);
      expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
    }));

  const good = rule('disable-user');
  it.each<[string, Uint8Array, string | null]>([
    ['UTF-8 with a byte order mark', Buffer.from(`\ufeff${good}`), null],
    ['line ends of Windows', Buffer.from(good.replaceAll('\n', '\r\n')), null],
    ['UTF-16', Buffer.from(`\ufeff${good}`, 'utf16le'), 'is not UTF-8'],
    ['ISO 8859-1', Buffer.from(good.replace('one', 'für Gäste'), 'latin1'), 'is not UTF-8'],
    ['a picture', Buffer.from([0x89, 0x50, 0x4e, 0x47, 0xff, 0xd8]), 'is not UTF-8'],
    ['nothing', Buffer.from(''), 'must be a map'],
  ])('reads or refuses a file of %s', (name, bytes, fault) =>
    tryAll('H', [[name, bytes]], async (content) => {
      const { book, problems } = await loadRules(await folderWith('a.yaml', content));
      expect(problems.map(formatProblem).join('\n')).toEqual(fault === null ? '' : expect.stringContaining(fault));
      expect(book === null).toBe(fault !== null);
    }),
  );

  it('says so of a list file that is not UTF-8, and reads one with a byte order mark', () =>
    tryAll(
      'H',
      [
        ['ISO 8859-1', { bytes: Buffer.from('münchen.example\n', 'latin1'), fault: 'is not UTF-8' }],
        ['UTF-16', { bytes: Buffer.from('\ufeffacme.com\n', 'utf16le'), fault: 'is not UTF-8' }],
        ['a byte order mark', { bytes: Buffer.from('\ufeffacme.com\n'), fault: null }],
      ],
      async ({ bytes, fault }) => {
        const dir = await folderWith('a.yaml', when('{ email-domain: { list: x.txt } }'));
        await writeFile(join(dir, 'x.txt'), bytes);
        const { problems } = await loadRules(dir);
        expect(problems.map(formatProblem).join('\n')).toEqual(fault === null ? '' : expect.stringContaining(fault));
      },
    ));

  it('names a file that it may not read', async () => {
    if (process.getuid?.() === 0) {
      return; // root may read everything
    }
    const dir = await folderWith('a.yaml', good);
    await chmod(join(dir, 'a.yaml'), 0);
    expect((await loadRules(dir)).problems.map(formatProblem).join('')).toContain('cannot be read: EACCES');
  });
});

/** All keys of a text, and where they stand. */
function* keysIn(text: string): Generator<readonly [name: string, changed: string]> {
  for (const found of text.matchAll(/(?<=^|[\s{,-])([a-z][a-z-]+)(?=:(?:\s|$))/gm)) {
    const comment = text.slice(text.lastIndexOf('\n', found.index) + 1, found.index).includes('#');
    if (!comment) {
      const end = found.index + found[0].length;
      yield [`${found[0]} at ${found.index}`, `${text.slice(0, end)}x${text.slice(end)}`];
    }
  }
}

describe('bad input I: rule files that mean something else', () => {
  it.each(shipped)('ignores no key of %s that is misspelt', (_, text) =>
    tryAll('I', keysIn(text), (changed) => {
      const { ruleFile, problems } = parseRuleFile('a.yaml', changed, () => ({ lines: [] }));
      expect(ruleFile).toBeNull();
      expect(problems.map(formatProblem).join('\n')).toMatch(
        /unknown (key|condition|step)|missing|must (be|name)|needs|takes nothing but/,
      );
    }),
  );

  it('takes no value for another that older YAML, JSON or a hurried author means', () =>
    tryAll(
      'I',
      [
        'NO',
        'no',
        'Off',
        'yes',
        'y',
        '~',
        'null',
        '012',
        '0o14',
        '0x1F',
        '1_000',
        '1e3',
        '.inf',
        '.nan',
        '-0',
        '2026-11-24',
        '12:30',
        '1.0',
        '=',
        '<<',
        '[]',
        '{}',
        '""',
        "''",
      ].flatMap((value): [string, { text: string; same: string | null }][] => [
        [`dry-run: ${value}`, { text: file('- name: one', `  dry-run: ${value}`, '  then: []'), same: null }],
        [`email-verified: ${value}`, { text: when(`{ email-verified: ${value} }`), same: null }],
        [`need: ${value}`, { text: rule(`request-approval: { approvers: [a@b.c], need: ${value} }`), same: null }],
        [`after: ${value}`, { text: rule(`delete-user: { after: ${value} }`), same: null }],
        [`version: ${value}`, { text: rule('disable-user').replace('version: 1', `version: ${value}`), same: null }],
        [`name: ${value}`, { text: file(`- name: ${value}`, '  then: []'), same: value }],
        [`join-group: ${value}`, { text: rule(`join-group: ${value}`), same: null }],
      ]),
      ({ text, same }) => {
        const { ruleFile, problems } = load(text);
        expectWellSaid(problems, text);
        if (ruleFile !== null) {
          const [{ name, then, dryRun } = { name: '', then: [], dryRun: false }] = ruleFile.rules;
          // What is taken is what stands there: text as text, and never a number, a date or a truth of older YAML.
          expect({ name, dryRun, then: JSON.stringify(then) }).toEqual({
            name: same ?? 'one',
            dryRun: false,
            then: expect.not.stringMatching(/"after":(0|null,"x)|NaN|Infinity/),
          });
        }
      },
    ));

  it('takes no duration below nothing or without end', () =>
    tryAll(
      'I',
      [
        '0',
        '0s',
        '-1d',
        '1',
        '1.5h',
        '1 d',
        '30days',
        '99999w',
        '9'.repeat(50) + 's',
        '1D',
        '١d',
        'Infinity',
        '1e3s',
        '+1d',
        ' 1d',
      ].map((text) => [text, text] as const),
      (after) => {
        const { ruleFile, problems } = load(rule(`delete-user: { after: ${JSON.stringify(after)} }`));
        expect(ruleFile).toBeNull();
        expect(problems.map(formatProblem).join()).toMatch(/a\.yaml:7:\d+ .*after: must be a duration/);
      },
    ));

  it('takes any text as a name, or refuses it, and never as anything else', () =>
    tryAll('I', [...naughtyStrings, ...hostileTexts, ...formulas], (text) => {
      for (const written of [
        file(`- name: ${JSON.stringify(text)}`, '  then: []'),
        rule(`join-group: ${JSON.stringify(`/${text}`)}`),
        rule(`${JSON.stringify(text)}: x`),
        when(`{ username: ${JSON.stringify(text)} }`),
        when(`{ ${JSON.stringify(text)}: x }`),
      ]) {
        const { ruleFile, problems } = load(written);
        expect(ruleFile === null).toBe(problems.some(({ severity }) => severity === 'error'));
        expectWellSaid(problems, written);
      }
    }));

  it.each(['text', 'github', 'json'])(
    'does nothing to a terminal or to a CI system that shows the answer of check as %s',
    (format) =>
      tryAll('I', [...hostileTexts.slice(0, -1), ...formulas], async (text) => {
        const dir = await folderWith(
          'a.yaml',
          file(`- name: ${JSON.stringify(`${text}\n::error::x`)}`, `  ${JSON.stringify(text)}: []`, '  then: []'),
        );
        const { io, out, err } = fakeIo();
        expect(await main(['check', dir, '--format', format], io)).toBe(1);
        expect(`${out()}${err()}`).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/u);
        expect(
          out()
            .split('\n')
            .filter((line) => line.startsWith('::error::')),
        ).toEqual([]);
      }),
  );
});

describe('bad input J: patterns', () => {
  const evil: readonly string[] = [
    '^(a+)+$',
    '([a-zA-Z]+)*$',
    '(a|aa)+$',
    '(a|a?)+$',
    '(.*a){20}$',
    '(.*)*(.*)*(.*)*(.*)*x',
    '^(([a-z])+.)+[A-Z]([a-z])+$',
    '(x+x+)+y',
    '(a?){50}a{50}',
    'a{1000}',
    'a{1001}',
    '(a{1000}){1000}',
    '((a{100}){100}){100}',
    '(((a{30}){30}){30}){30}',
    '(?:a{0,999}){0,999}',
    '[\\p{L}\\p{N}]{900}',
    '(\\pL{500}){2}',
    '(a)\\1',
    '(?=a)b',
    '(?!a)b',
    '(?<=a)b',
    '(?<!a)b',
    '(?>a+)b',
    'a++',
    '(?i:a)',
    '(?P<x>a)',
    '(?<x>a)',
    '\\k<x>',
    '\\Qa\\E',
    '\\C',
    '\\u0061',
    '\\x{110000}',
    '\\p{Nope}',
    '[z-a]',
    '[',
    '(',
    ')',
    '*',
    '+?',
    'a**',
    '\\',
    '(?',
    '|',
    '(|)*',
    '()*',
    '(a*)*',
    '(?:(?:a*)*)*',
    '.*'.repeat(300),
    '('.repeat(400) + ')'.repeat(400),
    'a|'.repeat(450),
    '[^\\W\\D]',
    '\\b\\B',
    '^^$$',
    '(?s).*',
    '(?U)a+',
    '𝒳+',
    'é',
    '.{1000}',
    '(.{100}){10}',
    '(?i)\\p{Lu}{300}',
  ];
  const texts = ['a'.repeat(10_000), `${'a'.repeat(255)}!`, 'x'.repeat(5_000), '😀'.repeat(2_000), ''];

  it.each(['username', 'email', 'attribute'])(
    'refuses each for %s with its place, or matches in linear time',
    (condition) =>
      tryAll(
        'J',
        [...evil, ...formulas.map(([text]) => text)].map((text) => [text.slice(0, 40), text] as const),
        (regex) => {
          const operand = `{ regex: ${JSON.stringify(regex)} }`;
          const text = when(
            condition === 'attribute'
              ? `{ attribute: { name: a, value: ${operand} } }`
              : `{ ${condition}: ${operand} }`,
          );
          const { ruleFile, problems } = load(text);
          expectWellSaid(problems, text);
          if (ruleFile === null) {
            expect(problems.map(formatProblem).join()).toMatch(/a\.yaml:6:\d+ rules\[0\]\.when\./);
            return;
          }
          const [{ when: read } = { when: null }] = ruleFile.rules;
          const pattern = (read as unknown as { operand: { compiled?: { matches(text: string): boolean } } }).operand;
          texts.forEach((each) => pattern.compiled?.matches(each));
        },
      ),
  );

  it('matches a glob of a hundred stars against whatever is typed', () =>
    tryAll('J', [...naughtyStrings, ...hostileTexts.slice(0, -1)], (typed) => {
      const glob = `${'*a'.repeat(100)}*`;
      expect(matchesGlob(glob, `${typed}${'a'.repeat(99)}`)).toBe(typed.includes('a'));
      expect(matchesGlob(glob, `${'a'.repeat(100)}${typed}`)).toBe(true);
    }));
});
