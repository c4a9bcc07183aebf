/** A rule file of these lines of rules. */
export function file(...rules: string[]): string {
  return `version: 1\nrealm: acme\nclients: [shop]\nrules:\n${rules.map((line) => `  ${line}\n`).join('')}`;
}

export const rule = (...then: string[]): string =>
  file('- name: one', '  then:', ...then.map((step) => `    - ${step}`));
export const when = (condition: string): string => file('- name: one', `  when: ${condition}`, '  then: []');

/** What is wrong, the file, and what the loader says about it: nothing else. */
export const wrongFiles: readonly (readonly [what: string, text: string, problem: string])[] = [
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
    '8:9 rules[0].then[1]: enable-user undoes rules[0].then[0], take one of them out',
  ],
  [
    'a step that is there twice',
    rule('join-group: /a', 'join-group: { group: /a }'),
    '8:9 rules[0].then[1]: join-group says the same as rules[0].then[0], take one of them out',
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
    'a step that locks the gate by hand',
    rule('add-required-action: vestibule-pending'),
    '7:9 rules[0].then[0].add-required-action: the required action "vestibule-pending" belongs to the gate, and no rule sets or takes it, use "hold: gate" in the file, or "request-approval" with "hold: gate"',
  ],
  [
    'a step that opens the gate by hand',
    rule('remove-required-action: { action: Vestibule-Waiting }'),
    '7:9 rules[0].then[0].remove-required-action: the required action "Vestibule-Waiting" belongs to the gate, and no rule sets or takes it, use "hold: gate" in the file, or "request-approval" with "hold: gate"',
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
    '7:22 rules[0].then[0].notify-user: must be one of pending, approved, rejected, expired, refused, throwaway-address, closed, welcome, deleted',
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
    '6:32 rules[0].when.username.regex: "\\1" cannot be matched in linear time, write it without look-ahead, look-behind and back-references',
  ],
  [
    'a range of letters that runs backwards',
    when("{ username: { regex: '[z-a]' } }"),
    '6:32 rules[0].when.username.regex: is no regular expression: it cannot be read at "z-a", close every bracket, and write "\\" before a sign that stands for itself',
  ],
  [
    'a range that is none',
    when('{ ip: 10.0/8 }'),
    '6:17 rules[0].when.ip: must be an address or a range such as 10.0.0.0/8 or 2001:db8::/32',
  ],
  [
    'a time zone that is none',
    when('{ time: { days: mon, zone: Europe/Bonn } }'),
    '6:38 rules[0].when.time.zone: must be a time zone such as Europe/Berlin, did you mean "Europe/London"?',
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
    'a refusal beside another step',
    rule('refuse-registration', 'notify-user: refused'),
    '7:9 rules[0].then[0]: refuse-registration stands alone in "then", take the other steps out',
  ],
  [
    'a refusal that waits',
    rule('refuse-registration: { after: 1d }'),
    '7:9 rules[0].then[0]: refuse-registration cannot wait, take "after" out',
  ],
  [
    'a refusal after an approval',
    rule('request-approval: { approvers: [a@b.c], rejected: [refuse-registration] }'),
    '7:60 rules[0].then[0].request-approval.rejected[0]: refuse-registration cannot follow request-approval, use disable-user or delete-user',
  ],
  [
    'a refusal whose text has no name before it',
    rule('refuse-registration: other-address'),
    '7:30 rules[0].then[0].refuse-registration: must be empty, or a map such as { message: other-address }',
  ],
  [
    'a refusal with a text that nobody wrote',
    rule('refuse-registration: { message: close }'),
    '7:41 rules[0].then[0].refuse-registration.message: must be one of closed, other-address, invitation-only, other-network, try-later, or texts by language',
  ],
  [
    'own texts of a refusal without the English one',
    rule('refuse-registration: { message: { de: Nein. } }'),
    '7:41 rules[0].then[0].refuse-registration.message.en: is missing',
  ],
  [
    'a text of a refusal that is too long',
    rule(`refuse-registration: { message: { en: ${'x'.repeat(301)} } }`),
    '7:47 rules[0].then[0].refuse-registration.message.en: is longer than 300 characters',
  ],
  [
    'a request header without a name',
    when('{ request-header: { "x y": "*" } }'),
    '6:38 rules[0].when.request-header.x y: must be the name of a request header, such as x-partner-id',
  ],
  [
    'a request header that is named twice',
    when('{ request-header: { X-A: "*", x-a: b } }'),
    '6:29 rules[0].when.request-header: names a header twice: the letter case of its name means nothing',
  ],
  [
    'a hold that is none',
    `hold: account\n${rule('disable-user')}`,
    '1:7 hold: must be gate, leave it out if nobody has to wait',
  ],
  [
    'a file without rules',
    'version: 1\nrealm: a\nclients: b\nrules: []\n',
    '4:8 rules: must hold at least one rule, a rule with "then: []" leaves everybody alone',
  ],
];

/** Of these, what no schema can tell: it takes a computation, or another file. */
export const beyondSchema: readonly string[] = [
  'a refusal beside another step',
  'a refusal after an approval',
  'a request header that is named twice',
  'a step beside a delete',
  'steps that undo each other',
  'a step that is there twice',
  'a rule after one for everybody',
  'a rule after one with the same conditions',
  'two rules of one name',
  'more approvals than approvers',
  'a step that locks the gate by hand',
  'a step that opens the gate by hand',
  'a wait that a disabled account makes a dead end',
  'a disabled account that shall verify its address',
  'a list file that is missing',
  'a pattern that could take for ever',
  'a range of letters that runs backwards',
  'a range that is none',
  'a time zone that is none',
];
