import { describe, expect, it } from '@jest/globals';

import { file, rule, when, wrongFiles } from '../corpus.ts';
import { parseList } from '../../../src/rules/load/list-file.ts';
import { parseRuleFile } from '../../../src/rules/load/file.ts';
import { placesOf } from '../../../src/rules/load/places.ts';
import { languages } from '../../../src/platform/languages.ts';
import { formatProblem } from '../../../src/rules/load/problem.ts';

function problemsOf(text: string, lists: Record<string, string> = {}): string[] {
  const { ruleFile, problems } = parseRuleFile('shop.yaml', text, (path) => {
    const content = lists[path];
    return content === undefined ? { problem: `${path} cannot be read: ENOENT` } : { lines: parseList(content) };
  });
  expect(ruleFile === null).toBe(problems.some(({ severity }) => severity === 'error'));
  return problems.map(formatProblem);
}

describe('src/rules/load/file', () => {
  it('reads the example of the design', () => {
    const { ruleFile, problems } = parseRuleFile(
      'portal.yaml',
      `version: 1
realm: acme
clients: [partner-portal]
rules:
  - name: own staff
    when:
      email-domain: [acme.com, "*.acme.com"]
      email-verified: true
    then:
      - join-group: /staff
  - name: throwaway mail
    when: { email-domain: { list: lists/disposable.txt } }
    then:
      - notify-user: refused
      - delete-user
  - name: the partner desk decides
    then:
      - request-approval:
          approvers: [desk@acme.com, { group: /partner-desk }, { role: registration-approver }]
          need: 1
          wait-for: email-verified
          remind-after: 2d
          expire-after: 7d
          approved: [{ join-group: /partners }, { grant-role: { client: partner-portal, role: member } }]
          rejected: [{ delete-user: { after: 30d } }]
          expired:  [delete-user]
`,
      () => ({ lines: [{ line: 1, text: 'trash.example' }] }),
    );
    expect(problems.map(formatProblem)).toEqual([]);
    expect(ruleFile?.rules.map(({ name, line }) => [name, line])).toEqual([
      ['own staff', 5],
      ['throwaway mail', 11],
      ['the partner desk decides', 16],
    ]);
    expect(ruleFile?.rules[2]?.then[0]).toEqual({
      uses: 'request-approval',
      after: null,
      with: {
        approvers: [{ email: 'desk@acme.com' }, { group: '/partner-desk' }, { role: 'registration-approver' }],
        need: 1,
        hold: 'gate',
        waitFor: 'email-verified',
        remindAfter: 172_800_000,
        expireAfter: 604_800_000,
        approved: [
          { uses: 'join-group', with: { group: '/partners' }, after: null },
          { uses: 'grant-role', with: { client: 'partner-portal', role: 'member' }, after: null },
        ],
        rejected: [{ uses: 'delete-user', with: null, after: 2_592_000_000 }],
        expired: [{ uses: 'delete-user', with: null, after: null }],
      },
    });
  });

  it('holds an account that an approval is asked for, and asks for one word within a week, unless told otherwise', () => {
    const { ruleFile } = parseRuleFile('shop.yaml', rule('request-approval: { approvers: Desk@Acme.com }'), () => ({
      lines: [],
    }));
    expect(ruleFile?.rules[0]?.then[0]?.with).toEqual({
      approvers: [{ email: 'desk@acme.com' }],
      need: 1,
      hold: 'account',
      waitFor: null,
      remindAfter: null,
      expireAfter: 604_800_000,
      approved: [],
      rejected: [],
      expired: [],
    });
  });

  it.each(wrongFiles)('names %s with its place and the remedy', (_, text, problem) => {
    expect(problemsOf(text)).toEqual([`shop.yaml:${problem}`]);
  });

  it('names a wrong line of a list file at its place in that file', () => {
    const problems = problemsOf(when('{ email-domain: { list: l.txt } }'), {
      'l.txt': '# ours\nacme.com\n\nme@acme.com\n',
    });
    expect(problems).toEqual(['l.txt:4:1 "me@acme.com" must be a domain such as acme.com or *.acme.com, without "@"']);
  });

  it('warns of a list file without entries, and of a reminder that comes too late', () => {
    expect(problemsOf(when('{ email-domain: { list: l.txt } }'), { 'l.txt': '# none\n' })).toEqual([
      'shop.yaml:6:35 warning: rules[0].when.email-domain.list: l.txt has no entry, so this never holds',
    ]);
    expect(problemsOf(rule('request-approval: { approvers: a@b.c, remind-after: 8d }'))).toEqual([
      'shop.yaml:7:9 warning: rules[0].then[0].request-approval: "remind-after" comes when the question has expired, remind earlier',
    ]);
  });

  const whole = rule('disable-user');
  const without = (field: string): string => whole.replace(new RegExp(`^${field}: .*\n`, 'm'), '');
  const withField = (line: string): string => without(line.split(':')[0] ?? '').replace('rules:', `${line}\nrules:`);

  it.each([
    ['no version', without('version'), '1:1 version is missing, write "version: 1" first'],
    ['no realm', without('realm'), '1:1 realm is missing, name a realm, a list of them, or "*"'],
    ['no clients', without('clients'), '1:1 clients is missing, name client ids, globs such as "partner-*", or "*"'],
    ['no client', withField('clients: []'), '3:10 clients: must name at least one'],
    ['an empty realm', withField('realm:'), '3:7 realm: must be text'],
    [
      'an application that is no text',
      withField('application: 7'),
      '4:14 application: must be text, write it in quotes: "7"',
    ],
    ['an empty language', withField('language:'), '4:10 language: must be text'],
    ['no rules', 'version: 1\nrealm: a\nclients: b\n', '1:1 rules: must be a list, start each entry with "- "'],
    [
      'empty rules',
      'version: 1\nrealm: a\nclients: b\nrules:\n',
      '4:7 rules: must be a list, start each entry with "- "',
    ],
    [
      'a rule without a name',
      file('- then: []'),
      '5:5 rules[0]: name is missing, say in a few words whom the rule is for',
    ],
    ['a rule with an empty name', file('- name:', '  then: []'), '5:10 rules[0].name: must be text'],
    [
      'a rule with yes for a name',
      file('- name: true', '  then: []'),
      '5:11 rules[0].name: must be text, write it in quotes: "true"',
    ],
    ['an unknown language', withField('language: xx'), '4:11 language: must be one of en, de, fr'],
    ['a rule with no text for a name', file('- name: ""', '  then: []'), '5:11 rules[0].name: must be text'],
    ['a merge key', `${whole}<<: { language: de }\n`, '8:1 unknown key "<<"'],
    [
      'an approver of no form',
      rule('request-approval: { approvers: { role: 7 } }'),
      '7:48 rules[0].then[0].request-approval.approvers.role: must be text',
    ],
    ['a language that is no text', withField('language: 7'), '4:11 language: must be text, write it in quotes: "7"'],
    ['a rule with a list for a name', file('- name: [a]', '  then: []'), '5:11 rules[0].name: must be text'],
    [
      'a rule without steps',
      file('- name: one'),
      '5:5 rules[0]: then is missing, list the steps, or write "then: []" for none',
    ],
    [
      'one step that is no list',
      file('- name: one', '  then: disable-user'),
      '6:11 rules[0].then: must be a list, start each entry with "- "',
    ],
    [
      'a dry run in words',
      file('- name: one', '  dry-run: sometimes', '  then: []'),
      '6:14 rules[0].dry-run: must be true or false',
    ],
    [
      'an empty dry run',
      file('- name: one', '  dry-run:', '  then: []'),
      '6:13 rules[0].dry-run: must be true or false',
    ],
    [
      'an empty dry run in braces',
      file('- { name: one, dry-run, then: [] }'),
      '5:18 rules[0].dry-run: must be true or false',
    ],
    [
      'conditions that are text',
      file('- name: one', '  when: form', '  then: []'),
      '6:11 rules[0].when: must map conditions to what they compare with',
    ],
    [
      'empty conditions',
      file('- name: one', '  when:', '  then: []'),
      '6:10 rules[0].when: must map conditions to what they compare with',
    ],
    ['no condition of several', when('{ any: [] }'), '6:18 rules[0].when.any: must hold at least one condition'],
    [
      'conditions that are no list',
      when('{ any: { source: form } }'),
      '6:18 rules[0].when.any: must be a list, start each entry with "- "',
    ],
    [
      'a condition that is none',
      when('{ any: [form] }'),
      '6:19 rules[0].when.any[0]: must map conditions to what they compare with',
    ],
    [
      'a step that is a number',
      rule('7'),
      '7:9 rules[0].then[0]: must be one step, such as "disable-user" or "join-group: /partners"',
    ],
    [
      'a step that is a list',
      rule('[disable-user]'),
      '7:9 rules[0].then[0]: must be one step, such as "disable-user" or "join-group: /partners"',
    ],
    [
      'a delay without a step',
      rule('after: 3d'),
      '7:9 rules[0].then[0]: must be one step, such as "disable-user" or "join-group: /partners"',
    ],
    [
      'a step that takes nothing',
      rule('disable-user: now'),
      '7:23 rules[0].then[0].disable-user: takes nothing but "after"',
    ],
    [
      'an empty delay',
      rule('disable-user: { after: }'),
      '7:32 rules[0].then[0].disable-user.after: must be a duration such as 90s, 15m, 12h, 30d or 2w',
    ],
  ])('names %s with its place and the remedy', (_, text, problem) => {
    expect(problemsOf(text)).toEqual([`shop.yaml:${problem}`]);
  });

  it('says nothing of rules that cannot be reached as long as their conditions cannot be read', () => {
    expect(
      problemsOf(file('- name: one', '  when: {}', '  then: []', '- name: two', '  when: {}', '  then: []')),
    ).toEqual(
      ['6:11 rules[0]', '9:11 rules[1]'].map(
        (place) => `shop.yaml:${place}.when: is empty, leave "when" out if the rule is for everybody`,
      ),
    );
  });

  it('knows where each realm and client stands, for those who look for them in Keycloak', () => {
    const { ruleFile } = parseRuleFile('shop.yaml', withField('clients: [shop, blog]'), () => ({ lines: [] }));
    expect(placesOf(ruleFile?.realms ?? [])).toEqual([{ line: 2, col: 8, where: 'realm' }]);
    expect(placesOf(ruleFile?.clients ?? [])).toEqual([
      { line: 3, col: 11, where: 'clients[0]' },
      { line: 3, col: 17, where: 'clients[1]' },
    ]);
    expect(placesOf([])).toEqual([]);
  });

  it('tells two rules apart whose names cannot be read', () => {
    expect(problemsOf(file('- name: 1', '  when: { source: form }', '  then: []', '- name: 2', '  then: []'))).toEqual([
      'shop.yaml:5:11 rules[0].name: must be text, write it in quotes: "1"',
      'shop.yaml:8:11 rules[1].name: must be text, write it in quotes: "2"',
    ]);
  });

  it('reads what people call the application, and that a rule only tries', () => {
    const text = withField('application: Partner Portal').replace('- name: one', '- name: one\n    dry-run: true');
    const { ruleFile } = parseRuleFile('shop.yaml', text, () => ({ lines: [] }));
    expect(ruleFile).toMatchObject({ application: 'Partner Portal', rules: [{ dryRun: true }] });
    expect(parseRuleFile('shop.yaml', whole, () => ({ lines: [] })).ruleFile).toMatchObject({
      application: null,
      rules: [{ dryRun: false }],
    });
  });

  it('lets a disabled account have other actions to do than to verify its address', () => {
    expect(problemsOf(rule('disable-user', 'add-required-action: UPDATE_PROFILE'))).toEqual([]);
  });

  it('quotes a wrong line of a list file in short', () => {
    const [problem] = problemsOf(when('{ email-domain: { list: l.txt } }'), { 'l.txt': `a@${'x'.repeat(100)}` });
    expect(problem).toBe(
      `l.txt:1:1 "a@${'x'.repeat(58)}" must be a domain such as acme.com or *.acme.com, without "@"`,
    );
  });

  it('says in its own words what is wrong with a line that is too long', () => {
    const [problem] = problemsOf(when('{ email-domain: { list: l.txt } }'), { 'l.txt': 'x'.repeat(2_000) });
    expect(problem).toMatch(/^l\.txt:1:1 "x{60}" is too long$/);
  });

  it('reads which attributes approvers see, each once, and at most ten', () => {
    const shownBy = (show: string) => {
      const text = rule(`request-approval: { approvers: a@b.c, show: ${show} }`);
      const [step] = parseRuleFile('shop.yaml', text, () => ({ lines: [] })).ruleFile?.rules[0]?.then ?? [];
      return step?.uses === 'request-approval' ? step.with.show : null;
    };
    expect(shownBy('company_name')).toEqual(['company_name']);
    expect(shownBy('[vat_id, company_name, vat_id]')).toEqual(['vat_id', 'company_name']);
    const eleven = [...'abcdefghijk'].join(', ');
    expect(problemsOf(rule(`request-approval: { approvers: a@b.c, show: [${eleven}] }`))).toEqual([
      expect.stringContaining('show: must be at most 10 attributes'),
    ]);
  });

  it('reports every problem at once', () => {
    expect(problemsOf('version: 2\nclients: shop\nrules:\n  - name: 7\n    then: [nope]\n')).toEqual([
      'shop.yaml:1:10 version: this program reads version 1 only',
      'shop.yaml:1:1 realm is missing, name a realm, a list of them, or "*"',
      'shop.yaml:4:11 rules[0].name: must be text, write it in quotes: "7"',
      'shop.yaml:5:12 rules[0].then[0]: unknown step "nope"',
    ]);
  });

  it.each([
    ['aliases', 'a: &x 1\nb: *x\n', 'aliases such as *x are not allowed'],
    ['tags', 'version: !!js/function 1\n', 'not the YAML of a rule file'],
    ['keys that reach a prototype', '__proto__: 1\n', 'the key __proto__ is not allowed'],
    ['keys that are no text', '? [a, b]\n: 1\n', 'a key must be text'],
    ['two documents', 'version: 1\n---\nversion: 1\n', 'not the YAML of a rule file'],
    ['a key twice', 'version: 1\nversion: 1\n', '2:1 the key version stands here twice, leave one of them'],
    ['a file too large', `version: 1 #${'x'.repeat(300_000)}`, 'larger than 256 KiB'],
    ['50,000 keys', Array.from({ length: 50_000 }, (_, index) => `k${index}: 1`).join('\n'), 'larger than 256 KiB'],
    ['20,000 keys', Array.from({ length: 20_000 }, (_, index) => `k${index}: 1`).join('\n'), 'more than 8000 entries'],
    [
      '30,000 keys in one line',
      `{${Array.from({ length: 30_000 }, (_, index) => `${index}: 1`).join(',')}}`,
      'more than 8000 entries',
    ],
    ['100,000 levels', '['.repeat(100_000), 'nests deeper than 40 levels'],
    ['100,000 levels of dashes', '- '.repeat(100_000), 'nests deeper than 40 levels'],
    ['100,000 levels of questions', '? '.repeat(100_000), 'nests deeper than 40 levels'],
    [
      'a ladder of keys',
      Array.from({ length: 200 }, (_, index) => `${' '.repeat(index)}${'k'.repeat(200 - index)}:`).join('\n'),
      'nests deeper than 40 levels',
    ],
    [
      'control characters',
      'version: 1\nrealm: "a\\u0000b"\nclients: x\nrules: []\n',
      'must not hold control characters',
    ],
    [
      'text that turns its direction',
      'version: 1\nrealm: "a\\u202eb"\nclients: x\nrules: []\n',
      'must not hold control characters',
    ],
    ['nothing', '', 'must be a map'],
  ])('refuses %s', (_, text, problem) => {
    const problems = problemsOf(text);
    expect(problems.length).toBeGreaterThan(0);
    expect(problems.join('\n')).toContain(problem);
  });

  it('does not take brackets in text and comments for depth', () => {
    const brackets = file('# [[[', `- name: "${'['.repeat(60)}"`, `  then: [] # ${'{'.repeat(60)}`);
    expect(problemsOf(brackets)).toEqual([]);
  });

  describe('a glob as other programs have it, which would never match', () => {
    const regexp = 'use "regex:" for classes, alternatives and exceptions; for the character itself write "?"';
    const listed = regexp.replace('use "regex:"', 'list each value');

    it.each([
      ['username', '"[a-z]*"', '['],
      ['email', '"*@{acme,corp}.com"', '{'],
      ['email', '"*\\\\*@acme.com"', '\\'],
      ['username', '"!admin-*"', '!'],
      ['username', '"+(a|b)*"', '+('],
      ['username', '"@(a)"', '@('],
      ['username', '"(mia|tom)-*"', '(mia|tom)'],
    ])('is refused in %s: %s', (key, pattern, sign) => {
      expect(problemsOf(when(`{ ${key}: ${pattern} }`))).toEqual([expect.stringMatching(/^shop\.yaml:\d+:\d+ /)]);
      expect(problemsOf(when(`{ ${key}: ${pattern} }`))[0]).toContain(
        `rules[0].when.${key}: "${sign}" has no meaning here: a glob knows "*" and "?" only, ${regexp}`,
      );
    });

    it('is refused at its own place in a list', () => {
      expect(problemsOf(when('{ email: ["*@acme.com", "*@[ab].com"] }'))).toEqual([
        expect.stringContaining(`rules[0].when.email[1]: "[" has no meaning here`),
      ]);
    });

    it.each([
      ['email-domain: "{acme,corp}.com"', '{'],
      ['source: "broker:{google,github}"', '{'],
      ['locale: "[a-d]?"', '['],
      ['attribute: { company: "ACME [A-Z]*" }', '['],
    ])('is refused where there is no regex: too, with another remedy: %s', (condition, sign) => {
      expect(problemsOf(when(`{ ${condition} }`))[0]).toContain(`"${sign}" has no meaning here`);
      expect(problemsOf(when(`{ ${condition} }`))[0]).toContain(listed);
    });

    it('is refused in a list file, with its line', () => {
      const problems = problemsOf(when('{ email-domain: { list: lists/a.txt } }'), {
        'lists/a.txt': 'acme.com\n*.[ab].com\n',
      });
      expect(problems).toEqual([
        `lists/a.txt:2:1 "*.[ab].com" "[" has no meaning here: a glob knows "*" and "?" only, ${listed}`,
      ]);
    });

    it.each(['clients', 'realm'])('is refused in %s', (field) => {
      const good = rule('disable-user');
      const wrong = good.replace(new RegExp(`^${field}: .*$`, 'm'), `${field}: ["blog", "partner-[ab]"]`);
      expect(wrong).not.toBe(good);
      expect(problemsOf(wrong)).toEqual([
        expect.stringMatching(
          new RegExp(`^shop\\.yaml:\\d+:\\d+ ${field}\\[1\\]: "\\[" has no meaning here.*list each name`),
        ),
      ]);
    });

    it('may stand in a regex:, and its signs are no fault where they mean themselves', () => {
      expect(problemsOf(when('{ username: { regex: "[a-z]+(x|y)" } }'))).toEqual([]);
      expect(problemsOf(when('{ username: ["wow!", "a+b", "a]", "(x)", "?x]"] }'))).toEqual([]);
    });
  });

  it('reads in which language approvers are asked', () => {
    const inLanguage = (language: string) => rule('delete-user').replace('rules:', `language: ${language}\nrules:`);
    expect(problemsOf(inLanguage('de'))).toEqual([]);
    expect(problemsOf(inLanguage('xx'))[0]).toContain(`language: must be one of ${languages.join(', ')}`);
  });
});
