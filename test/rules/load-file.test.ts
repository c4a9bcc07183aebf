import { describe, expect, it } from '@jest/globals';

import { parseRuleFile } from '../../src/rules/load-file.ts';
import { formatProblem } from '../../src/rules/problem.ts';

function problemsOf(text: string, lists: Record<string, string[]> = {}): string[] {
  const { problems } = parseRuleFile('shop.yaml', text, (path) => {
    const lines = lists[path];
    return lines === undefined ? { problem: `${path} cannot be read: ENOENT` } : { lines };
  });
  return problems.map(formatProblem);
}

function file(...rules: string[]): string {
  return `version: 1\nrealm: acme\nclients: [shop]\nrules:\n${rules.map((line) => `  ${line}\n`).join('')}`;
}

const rule = (then: string): string => file('- name: one', '  then:', `    - ${then}`);

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
          hold: gate
          wait-for: email-verified
          remind-after: 2d
          expire-after: 7d
          approved: [{ join-group: /partners }, { grant-role: { client: partner-portal, role: member } }]
          rejected: [{ delete-user: { after: 30d } }]
          expired:  [delete-user]
`,
      () => ({ lines: ['trash.example'] }),
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

  it.each([
    ['an unknown step', rule('join-grup: /a'), 'shop.yaml:7:9 rules[0].then[0]: unknown step "join-grup", did you mean "join-group"?'],
    ['an unknown key of the file', `realms: x\n${rule('disable-user')}`, 'shop.yaml:1:1 unknown key "realms", did you mean "realm"?'],
    [
      'an unknown key of a rule',
      file('- name: one', '  wen: {}', '  then: []'),
      'shop.yaml:6:5 rules[0]: unknown key "wen", did you mean "when"?',
    ],
    [
      'an unknown condition',
      file('- name: one', '  when: { email-domian: a.b }', '  then: []'),
      'shop.yaml:6:13 rules[0].when: unknown condition "email-domian", did you mean "email-domain"?',
    ],
    ['a group that is no path', rule('join-group: staff'), 'shop.yaml:7:21 rules[0].then[0].join-group: must be the path of a group, such as /partners or /sales/north'],
    [
      'a duration that is none',
      rule('delete-user: { after: 30 days }'),
      'shop.yaml:7:31 rules[0].then[0].delete-user.after: must be a duration such as 90s, 15m, 12h, 30d or 2w',
    ],
    [
      'an unknown key of a step',
      rule('request-approval: { approvers: [a@b.c], neet: 2 }'),
      'shop.yaml:7:49 rules[0].then[0].request-approval.neet: unknown key',
    ],
    [
      'a step after a delete',
      file('- name: one', '  then: [delete-user, { join-group: /a }]'),
      'shop.yaml:6:25 rules[0].then[1]: join-group can have no effect after delete-user, take it out, or put it before',
    ],
    [
      'a rule that can never be reached',
      file('- name: one', '  then: []', '- name: two', '  then: []'),
      'shop.yaml:7:1 "two" can never be reached: "one" before it has no "when", put it before',
    ],
    [
      'more approvals than approvers',
      rule('request-approval: { approvers: [a@b.c], need: 2 }'),
      'shop.yaml:7:9 rules[0].then[0].request-approval: needs 2 approvals from 1 approvers, lower "need", or name more approvers',
    ],
    [
      'a wait that a disabled account makes a dead end',
      rule('request-approval: { approvers: [a@b.c], wait-for: email-verified }'),
      'shop.yaml:7:9 rules[0].then[0].request-approval: a disabled account cannot verify its address, so "wait-for" would wait for ever, use "hold: gate" or "hold: none"',
    ],
    ['a missing list file', file('- name: one', '  when: { email-domain: { list: nope.txt } }', '  then: []'), 'shop.yaml:6:35 rules[0].when.email-domain.list: nope.txt cannot be read: ENOENT'],
    ['two steps in one entry', rule('{ disable-user: , join-group: /a }'), 'shop.yaml:7:9 rules[0].then[0]: must be one step, such as "disable-user" or "join-group: /partners", start each step with "- "'],
    ['a message nobody wrote', rule('notify-user: refuse'), 'shop.yaml:7:22 rules[0].then[0].notify-user: must be one of pending, approved, rejected, expired, refused, disabled, welcome, deleted'],
    ['an address with a display name', rule('notify: "Desk <desk@acme.com>"'), 'shop.yaml:7:17 rules[0].then[0].notify[0]: must be one plain mail address, such as desk@acme.com'],
  ])('names %s with its place and the remedy', (_, text, problem) => {
    expect(problemsOf(text)).toEqual([problem]);
  });

  it('reports every problem at once', () => {
    expect(problemsOf('version: 2\nclients: shop\nrules:\n  - name: 7\n    then: [nope]\n')).toEqual([
      'shop.yaml:1:10 version: this program reads version 1 only',
      'shop.yaml:1:1 realm is missing, name a realm, a list of them, or "*"',
      'shop.yaml:5:12 rules[0].then[0]: unknown step "nope"',
      'shop.yaml:4:11 rules[0].name: must be text, write it in quotes: "7"',
    ]);
  });

  it.each([
    ['aliases', 'a: &x 1\nb: *x\n', 'aliases such as *x are not allowed'],
    ['tags', 'version: !!js/function 1\n', 'not the YAML of a rule file'],
    ['keys that reach a prototype', '__proto__: 1\n', 'the key __proto__ is not allowed'],
    ['two documents', 'version: 1\n---\nversion: 1\n', 'not the YAML of a rule file'],
    ['a key twice', 'version: 1\nversion: 1\n', 'not the YAML of a rule file'],
    ['a file too large', `version: 1 #${'x'.repeat(300_000)}`, 'larger than 256 KiB'],
    ['50,000 keys', Array.from({ length: 50_000 }, (_, index) => `k${index}: 1`).join('\n'), 'larger than 256 KiB'],
    ['30,000 keys in one line', `{${Array.from({ length: 30_000 }, (_, index) => `${index}: 1`).join(',')}}`, 'more than 8000 entries'],
    ['100,000 levels', '['.repeat(100_000), 'nests deeper than 40 levels'],
    ['100,000 levels of dashes', '- '.repeat(100_000), 'nests deeper than 40 levels'],
    ['control characters', 'version: 1\nrealm: "a\\u0000b"\nclients: x\nrules: []\n', 'must not hold control characters'],
  ])('refuses %s', (_, text, problem) => {
    const problems = problemsOf(text);
    expect(problems.length).toBeGreaterThan(0);
    expect(problems.join('\n')).toContain(problem);
  });
});
