import { describe, expect, it } from '@jest/globals';

import { parseRuleFile } from '../../../src/rules/load/file.ts';
import { inOwnWords } from '../../../src/rules/load/own-words.ts';
import { formatProblem } from '../../../src/rules/load/problem.ts';
import { file, rule, when } from '../corpus.ts';

function problemsOf(text: string): string[] {
  return parseRuleFile('shop.yaml', text, () => ({ lines: [] })).problems.map(formatProblem);
}

/** Words of the libraries beneath, which nobody who writes rules should have to read. */
const foreign =
  /invalid|too (small|big)|expected|received|unrecognized|token|implicit|mapping|collection|sequence|directive|scalar|stream|parsing|Perl|undefined|NaN/i;

const approval = (keys: string): string => rule(`request-approval: { approvers: [a@b.c], ${keys} }`);

describe('src/rules/load, on what a library has found', () => {
  it.each([
    ['a number that is too small', approval('need: 0'), 'need: must be at least 1'],
    ['a number with a fraction', approval('need: 1.5'), 'need: must be a whole number from 1, or all'],
    ['a list without entries', rule('request-approval: { approvers: [] }'), 'approvers: must name at least one'],
    ['a number where text belongs', rule('join-group: 7'), 'join-group: must be text'],
    ['a list where text belongs', rule('join-group: [/a]'), 'join-group: must be text'],
    ['nothing where text belongs', rule('join-group:'), 'join-group: must be text'],
    [
      'one approver with a key too many',
      rule('request-approval: { approvers: { role: desk, extra: 1 } }'),
      'approvers.extra: unknown key',
    ],
    ['a count that no library has words for', when('{ registrations-over: { count: 1.5, within: 1h } }'), 'a whole'],
    ['a map where steps belong', approval('approved: { join-group: /a }'), 'approved: must be a list'],
    ['text where a list belongs', rule('set-user-attribute: { name: a, value: { b: c } }'), 'value: must be text'],
    ['text where a map belongs', rule('set-user-attribute: a'), 'set-user-attribute: must be a map'],
    ['a count of none', when('{ registrations-over: { count: 0, within: 1h } }'), 'count: must be at least 1'],
    ['a count in words', when('{ registrations-over: { count: many, within: 1h } }'), 'count: must be a number'],
    ['an attribute without a value', when('{ attribute: { a: [] } }'), 'attribute.a: must name at least one'],
    ['a list of attributes', when('{ attribute: [a] }'), 'attribute: must map attribute names'],
    ['an empty text', when('{ locale: "" }'), 'locale: must not be empty'],
    ['a day that is none', when('{ time: { days: [Monday] } }'), 'days[0]: must be among mon, tue'],
    [
      'a regex that looks ahead',
      when('{ email: { regex: "(?=a)b" } }'),
      '"(?=" cannot be matched in linear time, write it without',
    ],
    ['a regex that is not closed', when('{ email: { regex: "[a" } }'), 'regex: is no regular expression'],
    ['a repetition of nothing', when('{ email: { regex: "*" } }'), 'regex: is no regular expression'],
    ['a bracket that is not closed', 'version: 1\nclients: [a\nrules: []\n', '3:1 not the YAML of a rule file: '],
    ['a quote that is not closed', 'version: 1\nrealm: "a\n', 'close every quote and bracket'],
    ['a colon in text', 'version: 1\napplication: Shop: new\n', '2:14 not the YAML of a rule file: a second ":"'],
    ['a key without a colon', 'version: 1\nrealm\nclients: a\n', '2:1 not the YAML of a rule file: a key without ":"'],
    ['keys that are not aligned', 'rules:\n  - name: x\n     then: []\n', 'let the keys of one map start in the same'],
    ['text that starts with a sign', 'realm: @acme\n', '1:8 not the YAML of a rule file: text cannot start'],
    ['a backslash', 'realm: "\\q"\n', 'use single quotes'],
    ['an entry beside its key', 'clients: - shop\n', 'on a line of its own'],
    ['text behind a map', 'rules:\n  - name: a\n    {}then: []\n', 'put it on a line of its own'],
    ['anchors out of place', 'rules:\n  &a - name: x\n', 'not the YAML of a rule file: '],
    ['a tag', 'realm: !acme x\n', 'tags such as !name are not allowed'],
    ['a second document', 'version: 1\n---\nrealm: a\n', '2:1 not the YAML of a rule file: a second document'],
    [
      'a colon behind a tab',
      'version: 1\napplication: Shop\tx: new\n',
      '2:14 not the YAML of a rule file: a second ":"',
    ],
    ['a tag that YAML has', 'version: 1\nrealm: !!str acme\n', '2:14 tags such as !!str are not allowed, take it out'],
    ['an anchor', 'version: 1\nrealm: &a acme\n', '2:11 anchors such as &a are not allowed, write the value out'],
    ['a line with a percent sign', '%acme\nrealm: a\n', 'not the YAML of a rule file: a line that starts with "%"'],
  ])('says in its own words what is wrong: %s', (_, text, problem) => {
    const problems = problemsOf(text);
    expect(problems.join('\n')).toContain(problem);
    expect(problems.join('\n')).not.toMatch(foreign);
  });

  it.each([
    ['rules:\n  - name: x\n\tthen: []\n  - name: y\n', '3:1'],
    ['version: 1\n\trealm: a\n\tclients: b\n\trules: []\n', '2:1'],
    ['rules:\n  - name: x\n  \tthen: []\n', '3:3'],
    ['\tversion: 1\n', '1:1'],
    ['rules:\n  - name: x\n\tthen: []', '3:1'],
    ['rules:\n  - \tname: x\n    \tthen: []\n', '2:5'],
    ['clients: [a,\n\tb]\nrealm: x\n', '2:1'],
  ])('reports one tab once, at its place: %j', (text, place) => {
    expect(problemsOf(text)).toEqual([
      `shop.yaml:${place} not the YAML of a rule file: a tab indents this line, indent with spaces only, here and below`,
    ]);
  });

  it.each([
    [when('{ domain: acme.com }'), 'unknown condition "domain", did you mean "email-domain"?'],
    [when('{ provider: google }'), 'unknown condition "provider", did you mean "source"?'],
    [when('{ or: [{ ip: 10.0.0.1 }] }'), 'unknown condition "or", did you mean "any"?'],
    [rule('group: /a'), 'unknown step "group", did you mean "join-group"?'],
    [rule('disable'), 'unknown step "disable", did you mean "disable-user"?'],
    [approval('reject: [delete-user]'), 'reject: unknown key, did you mean "rejected"?'],
    [approval('timeout: 7d'), 'timeout: unknown key, did you mean "expire-after"?'],
    [file('- name: one', '  if: { ip: 10.0.0.1 }', '  then: []'), 'unknown key "if", did you mean "when"?'],
    [file('- name: one', '  constructor: x', '  then: []'), 'the key constructor is not allowed'],
  ])('knows what people write instead: %j', (text, problem) => {
    expect(problemsOf(text).join('\n')).toContain(problem);
  });
});

describe('src/rules/load/own-words', () => {
  const said = (issue: object): string => inOwnWords(issue as Parameters<typeof inOwnWords>[0]);

  it.each([
    [{ code: 'invalid_type', expected: 'array' }, 'must be a list'],
    [{ code: 'invalid_type', expected: 'date' }, 'must be a date'],
    [{ code: 'invalid_value', values: [] }, 'must be nothing'],
    [{ code: 'invalid_value', values: ['a'] }, 'must be a'],
    [{ code: 'invalid_value', values: ['a', 'b'] }, 'must be a or b'],
    [{ code: 'invalid_value', values: ['a', 'b', 3] }, 'must be a, b or 3'],
    [{ code: 'too_small', origin: 'string', minimum: 1 }, 'must not be empty'],
    [{ code: 'too_small', origin: 'number', minimum: 1 }, 'must be at least 1'],
    [{ code: 'too_small', origin: 'int', minimum: 1 }, 'must be at least 1'],
    [{ code: 'too_small', origin: 'array', minimum: 2 }, 'must name at least 2'],
    [{ code: 'too_big', origin: 'string', maximum: 9 }, 'is too long'],
    [{ code: 'too_big', origin: 'number', maximum: 9 }, 'must be at most 9'],
    [{ code: 'too_big', origin: 'array', maximum: 9 }, 'must name at most 9'],
    [{ code: 'unrecognized_keys', keys: ['a'] }, 'unknown key'],
    [{ code: 'invalid_union', errors: [] }, 'has none of the forms that can stand here'],
    [{ code: 'not_multiple_of', divisor: 2 }, 'cannot stand here'],
  ])('says what a schema found where the schema has no words for it: %j', (issue, words) => {
    expect(said(issue)).toBe(words);
  });
});
