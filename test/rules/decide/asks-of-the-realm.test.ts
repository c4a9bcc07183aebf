import { describe, expect, it } from '@jest/globals';

import { asksRoles } from '../../../src/rules/decide/asks-roles.ts';
import { concernsRealm, realmsNamed } from '../../../src/rules/decide/realms-named.ts';
import { stillWaits } from '../../../src/rules/decide/still-waits.ts';
import { waitsForVerified } from '../../../src/rules/decide/verification.ts';
import type { RuleBook } from '../../../src/rules/model.ts';
import { bookOf } from '../facts.ts';

function book({ then = '[]', realm = 'acme', dryRun = false } = {}): RuleBook {
  return bookOf({
    'shop.yaml': `version: 1\nrealm: ${realm}\nclients: shop\nrules: [{ name: one, dry-run: ${dryRun}, then: ${then} }]\n`,
  });
}

const asksOnceVerified = '{ request-approval: { approvers: desk@acme.com, wait-for: email-verified } }';
const asksAtOnce = '{ request-approval: { approvers: desk@acme.com } }';

describe('src/rules/decide/realms-named', () => {
  const some = bookOf({
    'a.yaml': 'version: 1\nrealm: [acme, "partner-*"]\nclients: a\nrules: [{ name: one, then: [] }]\n',
    'b.yaml': 'version: 1\nrealm: [beta, acme]\nclients: b\nrules: [{ name: one, then: [] }]\n',
  });

  it('names each realm once, and no glob', () => {
    expect(realmsNamed(some)).toEqual(['acme', 'beta']);
  });

  it.each([
    ['beta', true],
    ['partner-north', true],
    ['gamma', false],
  ])('%s is concerned: %s', (realm, concerned) => expect(concernsRealm(some, realm)).toBe(concerned));
});

describe('src/rules/decide/asks-roles', () => {
  const asksRole = '[{ request-approval: { approvers: [desk@acme.com, { role: clerk }] } }]';

  it.each([
    ['a role among the approvers', asksRole, ['realm']],
    ['a role of a client', asksRole.replace('role: clerk', 'client: shop, role: clerk'), ['client']],
    [
      'a role that is asked later',
      '[{ request-approval: { approvers: [{ client: shop, role: clerk }], escalate: { after: 1d, to: { role: lead } } } }]',
      ['realm', 'client'],
    ],
    [
      'a role in a step after an approval',
      `[{ request-approval: { approvers: a@acme.com, rejected: ${asksRole} } }]`,
      ['realm'],
    ],
    ['addresses and groups', '[{ request-approval: { approvers: [desk@acme.com, { group: /clerks }] } }]', []],
    ['a step that gives a role', '[{ grant-role: clerk }]', []],
  ])('sees %s', (_, then, asks) => expect(asksRoles(book({ then }), 'acme')).toEqual(asks));

  it('looks at the rules for that realm only, by name or glob', () => {
    expect(asksRoles(book({ then: asksRole }), 'beta')).toEqual([]);
    expect(asksRoles(book({ then: asksRole, realm: '"ac*"' }), 'acme')).toEqual(['realm']);
    expect(asksRoles(book({ then: asksRole, realm: '[beta, acme]' }), 'acme')).toEqual(['realm']);
  });
});

describe('src/rules/decide/still-waits', () => {
  const here = { file: 'shop.yaml', rule: 'one' };

  it.each([
    ['goes on while the rule waits', here, `[${asksOnceVerified}]`, true],
    ['ends when the rule asks at once', here, `[${asksAtOnce}]`, false],
    ['goes on when one of two requests waits', here, `[${asksAtOnce}, ${asksOnceVerified}]`, true],
    ['goes on when the rule asks nobody any more', here, '[disable-user]', true],
    ['goes on when the rule is gone', { ...here, rule: 'another' }, `[${asksAtOnce}]`, true],
    ['goes on when the file is gone', { ...here, file: 'blog.yaml' }, `[${asksAtOnce}]`, true],
  ])('%s', (_, ref, then, waits) => expect(stillWaits(book({ then }), ref)).toBe(waits));
});

describe('src/rules/decide/verification', () => {
  const verifies = '{ add-required-action: VERIFY_EMAIL }';

  it.each([
    ['nobody else makes the person verify', `[${asksOnceVerified}]`, 1],
    ['another action is required', `[{ add-required-action: UPDATE_PASSWORD }, ${asksOnceVerified}]`, 1],
    [
      'the action comes later',
      `[{ add-required-action: { action: VERIFY_EMAIL, after: 1d } }, ${asksOnceVerified}]`,
      1,
    ],
    ['a step makes the person verify', `[${verifies}, ${asksOnceVerified}]`, 0],
    ['the approvers are asked at once', `[${asksAtOnce}]`, 0],
    ['no approver is asked', '[disable-user]', 0],
  ])('finds the steps that depend on the realm, if %s', (_, then, found) => {
    const [rule] = book({ then }).files[0]?.rules ?? [];
    expect(rule && waitsForVerified(rule)).toHaveLength(found);
  });

  it('asks nothing of the realm for a dry run', () => {
    const [rule] = book({ then: `[${asksOnceVerified}]`, dryRun: true }).files[0]?.rules ?? [];
    expect(rule && waitsForVerified(rule)).toEqual([]);
  });
});
