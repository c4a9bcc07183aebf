import { describe, expect, it } from '@jest/globals';

import { needsOf, ruleFindings } from '../../../src/operate/doctor/rules.ts';
import { buildRuleBook } from '../../../src/rules/load/load.ts';
import { bookOf } from '../../rules/facts.ts';

const rulesWith = (then: string, realm = 'acme') =>
  buildRuleBook(['a.yaml'], () => ({
    text: `version: 1\nrealm: ${realm}\nclients: [shop]\nrules:\n  - name: all\n    then: ${then}\n`,
  }));
const asking = (more: string) =>
  rulesWith(`[{ request-approval: { approvers: [desk@acme.com], ${more}, approved: [{ join-group: /in }] } }]`);
const shown = (findings: readonly { id: string; level: string }[]) => findings.map(({ id, level }) => `${level} ${id}`);

describe('src/operate/doctor/rules', () => {
  it('has nothing to say against good rules', () => {
    expect(shown(ruleFindings(rulesWith('[disable-user]'), ['acme'], false))).toEqual(['ok rules']);
  });

  it('finds rules-invalid, with the place, and says that no realm is known', () => {
    const findings = ruleFindings(rulesWith('[disable-usr]'), [], false);
    expect(shown(findings)).toEqual(['error rules-invalid', 'warning rules-no-realm']);
    expect(findings[0]?.what).toContain('a.yaml:6');
  });

  it('finds webhook-secret where a rule has a webhook and there is nothing to sign with', () => {
    const book = rulesWith('[{ webhook: "https://hooks.acme.com/x" }]');
    expect(shown(ruleFindings(book, ['acme'], false))).toContain('error webhook-secret');
    expect(shown(ruleFindings(book, ['acme'], true))).toEqual(['ok rules']);
  });

  it('finds question-secret where a rule asks a system and there is nothing to sign with', () => {
    const asks = 'external: { url: https://crm.acme.com, answer: { partner: true } }';
    const text = `version: 1\nrealm: acme\nclients: [shop]\nrules:\n  - { name: x, when: { ${asks} }, then: [] }\n`;
    const book = { ...rulesWith('[disable-user]'), book: bookOf({ 'a.yaml': text }) };
    expect(shown(ruleFindings(book, ['acme'], false))).toContain('error question-secret');
    expect(shown(ruleFindings(book, ['acme'], true))).toEqual(['ok rules']);
  });

  it('finds rules-no-realm where rules are for all realms', () => {
    expect(shown(ruleFindings(rulesWith('[disable-user]', '"*"'), [], true))).toContain('warning rules-no-realm');
  });

  it.each([
    ['email-domain: acme.com', 'refuse-registration', true],
    ['not: { username: "bot-*" }', 'refuse-registration', true],
    ['any: [{ request-header: { x-a: "*" } }, { source: form }]', 'refuse-registration', true],
    ['ip: 10.0.0.0/8', 'refuse-registration', false],
    ['email-domain: acme.com', 'disable-user', false],
  ])('sees that a refusal takes the gate too where people could type past it: %s, and then %s', (when, then, gate) => {
    const text = `version: 1\nrealm: acme\nclients: [shop]\nrules:\n  - { name: x, when: { ${when} }, then: [] }\n  - { name: y, then: [${then}] }\n`;
    expect(needsOf(bookOf({ 'a.yaml': text }), 'acme')).toMatchObject({ gate });
  });

  it('sees what the rules of a realm want of Keycloak, and of that realm only', () => {
    const nothing = {
      roleApprovers: [],
      gate: false,
      door: false,
      headers: [],
      disables: false,
      waitsForVerified: [],
    };
    expect(needsOf(rulesWith('[disable-user]').book, 'acme')).toEqual({ ...nothing, disables: true });
    expect(needsOf(rulesWith('[disable-user]').book, 'other')).toEqual(nothing);
    expect(needsOf(rulesWith('[disable-user]', '"*"').book, 'other')).toEqual({ ...nothing, disables: true });
    expect(needsOf(asking('hold: gate').book, 'acme')).toEqual({ ...nothing, gate: true });
    expect(needsOf(asking('hold: account').book, 'acme')).toEqual({ ...nothing, disables: true });
    const byRole = rulesWith('[{ request-approval: { approvers: [{ role: boss }], hold: none } }]');
    expect(needsOf(byRole.book, 'acme')).toEqual({ ...nothing, roleApprovers: ['realm'] });
    expect(needsOf(null, 'acme')).toEqual(nothing);
    expect(needsOf(rulesWith('[refuse-registration]').book, 'acme')).toMatchObject({ door: true, gate: false });
    const comparing = rulesWith('[]\n    when: { request-header: { X-A: "*" } }');
    expect(needsOf(comparing.book, 'acme')).toEqual({ ...nothing, headers: ['x-a'] });
  });
});
