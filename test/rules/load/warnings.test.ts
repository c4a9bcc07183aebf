import { describe, expect, it } from '@jest/globals';

import { parseRuleFile } from '../../../src/rules/load/file.ts';
import { formatProblem } from '../../../src/rules/load/problem.ts';
import { file, rule } from '../corpus.ts';

function warningsOf(text: string): string[] {
  const { ruleFile, problems } = parseRuleFile('shop.yaml', text, () => ({ lines: [{ line: 1, text: 'a.b' }] }));
  expect(ruleFile).not.toBeNull();
  return problems.map(formatProblem);
}

const granting = (when: string, step = 'join-group: /staff'): string =>
  file('- name: staff', `  when: ${when}`, '  then:', `    - ${step}`);

describe('src/rules/load/unsafe-grants', () => {
  it.each([
    '{ email-domain: acme.com }',
    '{ email-domain: { list: l.txt } }',
    '{ email: "*@acme.com" }',
    '{ email-domain: acme.com, email-verified: false }',
    '{ email-domain: acme.com, source: form }',
    '{ email-domain: acme.com, source: ["broker:acme", form] }',
    '{ all: [{ ip: 10.0.0.0/8 }, { email-domain: acme.com }] }',
    '{ any: [{ email-domain: acme.com, email-verified: true }, { email-domain: acme.org }] }',
    '{ any: [{ email-domain: acme.com }, { email-verified: true }] }',
    '{ email-domain: acme.com, not: { ip: 10.0.0.0/8 } }',
    '{ email-domain: acme.com, not: { not: { ip: 10.0.0.0/8 } } }',
    '{ email-domain: acme.com, not: { email-verified: true } }',
    '{ email-domain: acme.com, any: [{ email-verified: true }, { ip: 10.0.0.0/8 }] }',
    '{ email-domain: acme.com, all: [{ source: form }, { ip: 10.0.0.0/8 }] }',
    '{ external: { url: https://crm.acme.com, answer: { partner: true }, send: [username, email] } }',
  ])('warns of a grant to everybody who types an address: %s', (when) => {
    expect(warningsOf(granting(when))).toEqual([
      'shop.yaml:8:9 warning: rules[0].then[0].join-group: everybody who types such an address gets this, and nothing ' +
        'proves that the address is theirs, add "email-verified: true" or "source: broker:ALIAS" to "when"',
    ]);
  });

  it.each([
    '{ email-domain: acme.com, email-verified: true }',
    '{ email-domain: acme.com, source: "broker:acme" }',
    '{ email-domain: acme.com, source: ["broker:a", "broker:b"] }',
    '{ email-domain: acme.com, not: { email-verified: false } }',
    '{ email-domain: acme.com, any: [{ email-verified: true }, { source: "broker:*" }] }',
    '{ all: [{ email-domain: acme.com }, { email-verified: true }] }',
    '{ email-domain: acme.com, not: { not: { email-verified: true } } }',
    '{ email-domain: acme.com, any: [{ email-verified: true, ip: 10.0.0.0/8 }] }',
    '{ email-domain: acme.com, all: [{ ip: 10.0.0.0/8 }, { email-verified: true }] }',
    '{ not: { email-domain: acme.com } }',
    '{ ip: 10.0.0.0/8 }',
    '{ external: { url: https://crm.acme.com, answer: { partner: true } } }',
    '{ external: { url: https://crm.acme.com, answer: { partner: true }, send: email }, email-verified: true }',
  ])('does not warn where something proves the address, or where it does not matter: %s', (when) => {
    expect(warningsOf(granting(when))).toEqual([]);
  });

  it('warns of grants only, not of those that an approval leads to, nor after a rule for unverified addresses', () => {
    const when = '{ email-domain: acme.com }';
    expect(warningsOf(granting(when, 'grant-role: member'))).toHaveLength(1);
    expect(warningsOf(granting(when, 'disable-user'))).toEqual([]);
    const approval = 'request-approval: { approvers: a@b.c, approved: [{ join-group: /staff }] }';
    expect(warningsOf(granting(when, approval))).toEqual([]);
    const guarded = ['- name: unverified', '  when: { email-verified: false }', '  then: []'];
    const staff = ['- name: staff', `  when: ${when}`, '  then: [{ join-group: /staff }]'];
    expect(warningsOf(file(...guarded, ...staff))).toEqual([]);
    expect(warningsOf(file(...staff, ...guarded))).toHaveLength(1);
    const others = ['- name: the office', '  when: { ip: 10.0.0.0/8 }', '  then: []'];
    expect(warningsOf(file(...others, ...staff))).toHaveLength(1);
  });

  it('does not warn where nobody is in before the address is verified', () => {
    const steps = (action: string) => `join-group: /staff\n      - add-required-action: ${action}`;
    expect(warningsOf(granting('{ email-domain: acme.com }', steps('VERIFY_EMAIL')))).toEqual([]);
    expect(warningsOf(granting('{ email-domain: acme.com }', steps('CONFIGURE_TOTP')))).toHaveLength(1);
    const later = steps('VERIFY_EMAIL\n        after: 1h');
    expect(warningsOf(granting('{ email-domain: acme.com }', later))).toHaveLength(1);
  });
});

describe('src/rules/load/blind-refusals', () => {
  const refusing = (when: string): string[] => ['- name: closed', `  when: ${when}`, '  then: [refuse-registration]'];
  const unknown = ['- name: verified', '  when: { email-verified: true }', '  then: []'];
  const warning = (line: string, because: string): string =>
    `shop.yaml:${line}: nobody can be refused before there is an account: ${because}, ` +
    'people wait at the gate instead. To refuse them at the form, judge by what is known there, in a rule before it';

  it.each([
    '{ email-verified: true }',
    '{ email: { regex: "x.*" } }',
    '{ email-verified: true, ip: 10.0.0.0/8 }',
    '{ not: { attribute: { a: b } } }',
    '{ not: { any: [{ ip: 10.0.0.0/8 }, { email-verified: true }] } }',
    '{ any: [{ email-verified: true }, { all: [{ source: form }, { attribute: { a: b } }] }] }',
  ])('warns of a refusal that nobody can judge at the door: %s', (when) => {
    expect(warningsOf(file(...refusing(when)))).toEqual([
      warning('7:12 warning: rules[0].then[0].refuse-registration', 'its "when" cannot be judged there'),
    ]);
  });

  it('warns of a refusal after a rule that nobody can judge at the door', () => {
    expect(warningsOf(file(...unknown, ...refusing('{ source: form }')))).toEqual([
      warning('10:12 warning: rules[1].then[0].refuse-registration', '"verified" before it cannot be judged there'),
    ]);
  });

  it.each([
    ['that can be judged', file(...refusing('{ any: [{ email-verified: true }, { source: form }] }'))],
    ['that can be judged, turned around', file(...refusing('{ not: { email-verified: true, source: form } }'))],
    ['of everybody', rule('refuse-registration')],
    [
      'after a rule that can surely fail',
      file(
        '- name: a',
        '  when: { email-verified: true, ip: 10.0.0.0/8 }',
        '  then: []',
        ...refusing('{ source: form }'),
      ),
    ],
    ['in a file that holds at the gate', `hold: gate\n${file(...refusing('{ email-verified: true }'))}`],
    ['in a dry run', file(...refusing('{ email-verified: true }'), '  dry-run: true')],
  ])('does not warn of a refusal %s', (_, text) => {
    expect(warningsOf(text)).toEqual([]);
  });
});

describe('src/rules/load/doubtful', () => {
  const source = (operand: string): string =>
    file('- name: one', `  when: { not: { source: ${operand} } }`, '  then: []');

  it('warns of a source that no registration has', () => {
    expect(warningsOf(source('[form, google]'))).toEqual([
      'shop.yaml:6:20 warning: rules[0].when.not.source: Keycloak itself names no source "google": it knows "form" and ' +
        '"broker:ALIAS", for the identity provider with this alias write "broker:google"',
    ]);
    expect(warningsOf(source('[form, "broker:google", "broker:*", "*", "f*", "brok*"]'))).toEqual([]);
  });

  it('warns of the role of a client that is written as one of the realm, also below an approval', () => {
    const warning =
      'grant-role: this is the role "app/member" of the realm, with a "/" in its name, ' +
      'for the role of a client write "{ client: app, role: member }"';
    expect(warningsOf(rule('grant-role: app/member'))).toEqual([`shop.yaml:7:9 warning: rules[0].then[0].${warning}`]);
    expect(
      warningsOf(rule('request-approval: { approvers: a@b.c, approved: [{ grant-role: app/member }] }'))[0],
    ).toContain(warning);
    expect(warningsOf(rule('revoke-role: app/member'))[0]).toContain(warning.replace('grant', 'revoke'));
    expect(warningsOf(rule('grant-role: { client: app, role: a/b }', 'grant-role: /a', 'grant-role: a/b/c'))).toEqual(
      [],
    );
  });
});
