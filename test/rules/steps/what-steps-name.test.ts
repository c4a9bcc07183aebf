import { describe, expect, it } from '@jest/globals';

import type { Step } from '../../../src/rules/model.ts';
import { isBeforeGate, labelOf, referencesOf } from '../../../src/rules/steps/index.ts';
import { rule } from '../corpus.ts';
import { bookOf } from '../facts.ts';

function stepOf(yaml: string): Step {
  const [step] = bookOf({ 'shop.yaml': rule(yaml) }).files[0]?.rules[0]?.then ?? [];
  if (step === undefined) {
    throw new Error(`no step: ${yaml}`);
  }
  return step;
}

describe('src/rules/steps: what a step names of Keycloak', () => {
  it.each([
    ['join-group: /a/b', [{ kind: 'group', path: '/a/b' }], '/a/b'],
    ['leave-group: /a', [{ kind: 'group', path: '/a' }], '/a'],
    ['grant-role: member', [{ kind: 'role', role: { role: 'member' } }], 'member'],
    [
      'grant-role: { client: shop, role: member }',
      [{ kind: 'role', role: { client: 'shop', role: 'member' } }],
      'shop / member',
    ],
    ['revoke-role: member', [{ kind: 'role', role: { role: 'member' } }], 'member'],
    ['set-user-attribute: { name: origin, value: web }', [{ kind: 'attribute', name: 'origin', use: 'set' }], 'origin'],
    [
      'add-required-action: CONFIGURE_TOTP',
      [{ kind: 'required-action', alias: 'CONFIGURE_TOTP', use: 'add' }],
      'CONFIGURE_TOTP',
    ],
    [
      'remove-required-action: VERIFY_EMAIL',
      [{ kind: 'required-action', alias: 'VERIFY_EMAIL', use: 'remove' }],
      'VERIFY_EMAIL',
    ],
    ['disable-user', [], ''],
    ['notify: ops@acme.com', [], ''],
  ])('%s', (yaml, references, label) => {
    const step = stepOf(yaml);
    expect(referencesOf(step)).toStrictEqual(references);
    expect(labelOf(step)).toBe(label);
  });

  it('an approval names the groups and roles that are asked, the attributes that are shown, and its gate', () => {
    const asked = 'approvers: [desk@acme.com, { group: /desk }, { role: approver }]';
    expect(referencesOf(stepOf(`request-approval: { ${asked}, show: [company, team], hold: gate }`))).toStrictEqual([
      { kind: 'group', path: '/desk' },
      { kind: 'role', role: { role: 'approver' } },
      { kind: 'attribute', name: 'company', use: 'shown' },
      { kind: 'attribute', name: 'team', use: 'shown' },
      { kind: 'required-action', alias: 'vestibule-pending', use: 'gate' },
    ]);
    expect(referencesOf(stepOf('request-approval: { approvers: [desk@acme.com], hold: account }'))).toEqual([]);
  });

  it('an approval names also roles of clients, whom it asks later, and who may get it by hand', () => {
    const later = 'escalate: { after: 1d, to: [boss@acme.com, { group: /leads }] }, delegate: /desk, reason: why';
    const asked = 'approvers: { client: portal, role: approver }, chat: { slack: desk }';
    expect(referencesOf(stepOf(`request-approval: { ${asked}, ${later}, hold: account }`))).toStrictEqual([
      { kind: 'role', role: { client: 'portal', role: 'approver' } },
      { kind: 'group', path: '/leads' },
      { kind: 'group', path: '/desk' },
      { kind: 'attribute', name: 'why', use: 'shown' },
    ]);
  });
});

describe('src/rules/steps: what is done before the gate opens', () => {
  it.each([
    ['what makes the account ready', 'join-group: /a', true],
    ['what ends the account', 'log-out-user', true],
    ['no mail', 'notify-user: welcome', false],
    ['nothing that waits', 'log-out-user: { after: 1d }', false],
    ['nothing that waits, though it makes the account ready', 'join-group: { group: /a, after: 1d }', false],
  ])('%s', (_what, yaml, before) => {
    expect(isBeforeGate(stepOf(yaml))).toBe(before);
  });
});
