import { describe, expect, it } from '@jest/globals';

import { parseList } from '../../src/rules/list-file.ts';
import { parseRuleFile } from '../../src/rules/load-file.ts';
import { formatProblem } from '../../src/rules/problem.ts';

function problemsOf(text: string, lists: Record<string, string> = {}): string[] {
  const { ruleFile, problems } = parseRuleFile('shop.yaml', text, (path) => {
    const content = lists[path];
    return content === undefined ? { problem: `${path} cannot be read: ENOENT` } : { lines: parseList(content) };
  });
  expect(ruleFile === null).toBe(problems.some(({ severity }) => severity === 'error'));
  return problems.map(formatProblem);
}

function file(...rules: string[]): string {
  return `version: 1\nrealm: acme\nclients: [shop]\nrules:\n${rules.map((line) => `  ${line}\n`).join('')}`;
}

const rule = (...then: string[]): string => file('- name: one', '  then:', ...then.map((step) => `    - ${step}`));
const when = (condition: string): string => file('- name: one', `  when: ${condition}`, '  then: []');

describe('src/rules/load-file', () => {
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

  it.each([
    [
      'an unknown step',
      rule('join-grup: /a'),
      '7:9 rules[0].then[0]: unknown step "join-grup", did you mean "join-group"?',
    ],
    [
      'an unknown key of the file',
      `realms: x\n${rule('disable-user')}`,
      '1:1 unknown key "realms", did you mean "realm"?',
    ],
    [
      'an unknown key of a rule',
      file('- name: one', '  wen: {}', '  then: []'),
      '6:5 rules[0]: unknown key "wen", did you mean "when"?',
    ],
    [
      'an unknown condition',
      when('{ email-domian: a.b }'),
      '6:13 rules[0].when: unknown condition "email-domian", did you mean "email-domain"?',
    ],
    [
      'a group that is no path',
      rule('join-group: staff'),
      '7:21 rules[0].then[0].join-group: must be the path of a group, such as /partners or /sales/north',
    ],
    [
      'a duration that is none',
      rule('delete-user: { after: 30 days }'),
      '7:31 rules[0].then[0].delete-user.after: must be a duration such as 90s, 15m, 12h, 30d or 2w',
    ],
    [
      'an unknown key of a step',
      rule('request-approval: { approvers: [a@b.c], neet: 1 }'),
      '7:49 rules[0].then[0].request-approval.neet: unknown key, did you mean "need"?',
    ],
    [
      'one wrong approver among several',
      rule('request-approval: { approvers: [a@b.c, { role: x }, { group: desk }] }'),
      '7:70 rules[0].then[0].request-approval.approvers[2].group: must be the path of a group, such as /partners or /sales/north',
    ],
    [
      'a missing key of a step',
      rule('grant-role: { client: shop }'),
      '7:21 rules[0].then[0].grant-role.role: is missing',
    ],
    [
      'a step beside a delete',
      rule('delete-user', 'join-group: /a'),
      '8:9 rules[0].then[1]: join-group can have no effect beside delete-user, take one of them out',
    ],
    [
      'steps that undo each other',
      rule('disable-user', 'enable-user'),
      '8:9 rules[0].then[1]: enable-user and rules[0].then[0] undo each other, take one of them out',
    ],
    [
      'a rule after one for everybody',
      file('- name: one', '  then: []', '- name: two', '  then: []'),
      '7:5 "two" can never be reached: "one" before it has no "when", put it before',
    ],
    [
      'a rule after one with the same conditions',
      file(
        '- name: one',
        '  when: { source: form }',
        '  then: []',
        '- name: two',
        '  when: {source: form}',
        '  then: []',
      ),
      '8:5 "two" can never be reached: "one" before it has the same "when", take one of them out',
    ],
    [
      'two rules of one name',
      file('- name: one', '  when: { source: form }', '  then: []', '- name: one', '  then: []'),
      '8:11 rules[1].name: "one" is taken, the audit tells rules apart by name',
    ],
    [
      'more approvals than approvers',
      rule('request-approval: { approvers: [a@b.c, A@b.c], need: 2 }'),
      '7:9 rules[0].then[0].request-approval: needs 2 approvals, and names 1 approver, lower "need", or name more approvers',
    ],
    [
      'a wait that a disabled account makes a dead end',
      rule('request-approval: { approvers: [a@b.c], hold: account, wait-for: email-verified }'),
      '7:9 rules[0].then[0].request-approval: a disabled account cannot verify its address, so "wait-for" would wait for ever, use "hold: gate" or "hold: none"',
    ],
    [
      'a disabled account that shall verify its address',
      rule('disable-user', 'add-required-action: VERIFY_EMAIL'),
      '5:5 rules[0]: a disabled account cannot verify its address, so VERIFY_EMAIL is a dead end, leave the account enabled until the address is verified',
    ],
    [
      'a list file that is missing',
      when('{ email-domain: { list: nope.txt } }'),
      '6:35 rules[0].when.email-domain.list: nope.txt cannot be read: ENOENT',
    ],
    [
      'two steps in one entry',
      rule('{ disable-user: , join-group: /a }'),
      '7:9 rules[0].then[0]: must be one step, such as "disable-user" or "join-group: /partners", start each step with "- "',
    ],
    [
      'a message nobody wrote',
      rule('notify-user: refuse'),
      '7:22 rules[0].then[0].notify-user: must be one of pending, approved, rejected, expired, refused, disabled, welcome, deleted',
    ],
    [
      'an address with a display name',
      rule('notify: "Desk <desk@acme.com>"'),
      '7:17 rules[0].then[0].notify: must be one plain mail address, such as desk@acme.com',
    ],
    [
      'an address where a domain belongs',
      when('{ email-domain: [acme.com, "@acme.org"] }'),
      '6:38 rules[0].when.email-domain[1]: must be a domain such as acme.com or *.acme.com, without "@"',
    ],
    [
      'a pattern that could take for ever',
      when("{ username: { regex: '(a)\\1' } }"),
      '6:32 rules[0].when.username.regex: cannot be matched in linear time: error parsing regexp: invalid escape sequence: `\\1`',
    ],
    [
      'a range that is none',
      when('{ ip: 10.0/8 }'),
      '6:17 rules[0].when.ip: must be an address or a range such as 10.0.0.0/8 or 2001:db8::/32',
    ],
    [
      'a time zone that is none',
      when('{ time: { days: mon, zone: Europe/Bonn } }'),
      '6:38 rules[0].when.time.zone: must be a time zone such as Europe/Berlin',
    ],
    [
      'conditions that are none',
      when('{}'),
      '6:11 rules[0].when: is empty, leave "when" out if the rule is for everybody',
    ],
    [
      'text where yes or no belongs',
      when('{ email-verified: "yes" }'),
      '6:29 rules[0].when.email-verified: must be true or false',
    ],
    [
      'credentials in a URL',
      rule('webhook: https://me:secret@crm.example'),
      '7:18 rules[0].then[0].webhook: must be an http or https URL without credentials; the signature says who calls',
    ],
    [
      'a file without rules',
      'version: 1\nrealm: a\nclients: b\nrules: []\n',
      '4:8 rules: must hold at least one rule, a rule with "then: []" leaves everybody alone',
    ],
  ])('names %s with its place and the remedy', (_, text, problem) => {
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
    ['a key twice', 'version: 1\nversion: 1\n', 'not the YAML of a rule file'],
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
});
