import { describe, expect, it } from '@jest/globals';

import { choose } from '../../../src/rules/decide/choose.ts';
import { compilePolicy } from '../../../src/rules/door/compile-policy.ts';
import type { DoorRule } from '../../../src/rules/door/policy.ts';
import { bookOf } from '../facts.ts';

/** The rules of one file as the policy has them. */
function rulesOf(rules: string, head = ''): readonly DoorRule[] {
  const text = `version: 1\nrealm: acme\nclients: [shop]\n${head}rules:\n${rules}`;
  return compilePolicy(bookOf({ 'shop.yaml': text })).lists[0]?.rules ?? [];
}

/** One rule for everybody. */
function doorOf(then: string, head = '', more = ''): DoorRule | undefined {
  return rulesOf(`  - { name: one, then: [${then}]${more} }\n`, head)[0];
}

/** One condition as the policy has it. */
function whenOf(condition: string): unknown {
  return rulesOf(`  - { name: one, when: { ${condition} }, then: [] }\n`)[0]?.when;
}

const ask = (hold: string): string => `[{ request-approval: { approvers: [a@b.c], hold: ${hold} } }]`;

describe('src/rules/door/compile-policy', () => {
  it('names version, files and lines', () => {
    const text = 'version: 1\nrealm: acme\nclients: [a]\nhold: gate\nrules:\n  - name: closed\n    then: []\n';
    expect(compilePolicy(bookOf({ 'a.yaml': text }))).toEqual({
      format: 1,
      version: 'v1',
      entries: [{ realm: 'acme', client: 'a', list: 0 }],
      lists: [{ file: 'a.yaml', hold: true, rules: [{ rule: 'closed', line: 6, when: null, door: 'gate' }] }],
    });
  });

  it('lists realms and clients in the order in which one file is chosen', () => {
    const file = (realm: string, clients: string) =>
      `version: 1\nrealm: ${realm}\nclients: ${clients}\nrules: [{ name: one, then: [] }]\n`;
    const book = bookOf({
      'all.yaml': file('"*"', '"*"'),
      'any-shop.yaml': file('"*"', '["shop", "sh*"]'),
      'shops.yaml': file('[acme, "ac*"]', '["shop-*", "s*"]'),
      'shop.yaml': file('acme', 'shop'),
    });
    const { entries, lists } = compilePolicy(book);
    expect(entries.map(({ realm, client, list }) => `${lists[list]?.file} ${realm} ${client}`)).toEqual([
      'shop.yaml acme shop',
      'any-shop.yaml * shop',
      'shops.yaml acme shop-*',
      'shops.yaml acme s*',
      'shops.yaml ac* shop-*',
      'shops.yaml ac* s*',
      'any-shop.yaml * sh*',
      'all.yaml * *',
    ]);
    expect(choose(book, 'acme', 'shop')?.file).toBe('shop.yaml');
  });

  it('refuses with a message, and at the field that the rule looks at', () => {
    const rules = rulesOf(`
  - { name: everybody, when: { ip: 10.0.0.0/8 }, then: [refuse-registration] }
  - { name: both, when: { username: a, email: b }, then: [{ refuse-registration: { message: other-address } }] }
  - { name: domain, when: { not: { any: [{ email-domain: a.b }] } }, then: [{ refuse-registration: { message: { en: No } } }] }
  - { name: username, when: { any: [{ source: form }, { username: a }] }, then: [refuse-registration] }
  - { name: rest, then: [refuse-registration] }
`);
    expect(rules.map(({ door, message, field }) => [door, message, field])).toEqual([
      ['refuse', 'closed', null],
      ['refuse', 'other-address', 'email'],
      ['refuse', { en: 'No' }, 'email'],
      ['refuse', 'closed', 'username'],
      ['refuse', 'closed', null],
    ]);
  });

  it('opens, or closes the gate for an approval that holds there, or for a file that holds', () => {
    const ask = (hold: string) => `{ request-approval: { approvers: [a@b.c], hold: ${hold} } }`;
    const later = '{ request-approval: { approvers: [a@b.c], hold: gate, after: 1d } }';
    expect(doorOf('disable-user')).toEqual({ rule: 'one', line: 5, when: null, door: 'open' });
    expect(doorOf(ask('gate'))?.door).toBe('gate');
    expect(doorOf(ask('account'))?.door).toBe('open');
    expect(doorOf(later)?.door).toBe('open');
    expect(doorOf('', 'hold: gate\n')?.door).toBe('gate');
    expect(doorOf('refuse-registration', 'hold: gate\n')?.door).toBe('refuse');
  });

  it.each([
    ['a refusal after what nobody can know at the door', 'email-verified: true', ['[]', '[refuse-registration]'], true],
    ['such a condition of the refusal itself', 'not: { attribute: { a: b } }', ['[refuse-registration]'], true],
    [
      'an approval at the gate after it',
      'any: [{ source: form }, { email-verified: true }]',
      ['[]', ask('gate')],
      true,
    ],
    ['an approval elsewhere', 'email-verified: true', ['[]', ask('account')], false],
    ['a refusal before it', 'source: form', ['[refuse-registration]', '[]'], false],
    ['none of it', 'email-verified: true', ['[]', '[disable-user]'], false],
  ])('holds whom nobody can decide about at the door: %s', (_, when, [first = '', second], hold) => {
    const rules = [`  - { name: a, when: { ${when} }, then: ${first} }`, `  - { name: b, then: ${second ?? '[]'} }`];
    const text = `version: 1\nrealm: acme\nclients: [shop]\nrules:\n${rules.join('\n')}\n`;
    expect(compilePolicy(bookOf({ 'shop.yaml': text })).lists[0]).toMatchObject({ hold, rules: [{ rule: 'a' }, {}] });
  });

  it('does nothing for a rule in a dry run, but holds the person of a file that holds', () => {
    const dry = ', dry-run: true';
    expect(doorOf('refuse-registration', '', dry)).toEqual({ rule: 'one', line: 5, when: null, door: 'open' });
    expect(doorOf('refuse-registration', 'hold: gate\n', dry)?.door).toBe('gate');
    expect(doorOf('{ request-approval: { approvers: [a@b.c], hold: gate } }', '', dry)?.door).toBe('open');
  });

  it.each([
    ['email-domain: [ACME.com, "*.bücher.example"]', { exact: ['acme.com'], globs: ['*.xn--bcher-kva.example'] }],
    ['email: "*@ACME.com"', { globs: ['*@acme.com'] }],
    ['username: ["test-*", Root, "ß-Σ"]', { globs: ['test-*', 'root', 'ß-σ'] }],
    ['source: [form, "broker:*"]', ['form', 'broker:*']],
    ['ip: 10.0.0.0/8', [{ network: '10.0.0.0', bits: 8 }]],
    ['ip: "::ffff:10.1.0.0/112"', [{ network: '10.1.0.0', bits: 16 }]],
    [
      'ip: ["2001:DB8:0::/32", "fe80::1%eth0"]',
      [
        { network: '2001:db8::', bits: 32 },
        { network: 'fe80::1', bits: 128 },
      ],
    ],
    ['locale: pt-BR', ['pt-BR']],
    ['time: { days: mon }', { days: ['mon'], zone: 'UTC' }],
    ['time: { hours: 22:00-06:00, zone: europe/berlin }', { hours: '22:00-06:00', zone: 'europe/berlin' }],
    ['request-header: { X-Partner-Id: "*" }', { 'x-partner-id': ['*'] }],
  ])('carries what can be known at the door: %s', (condition, operand) => {
    expect(whenOf(condition)).toEqual({ kind: 'is', key: condition.split(':')[0], operand });
  });

  it.each([
    'email: { regex: "[a-z]+@acme.com" }',
    'username: { regex: "[a-z]+" }',
    'email-verified: true',
    'attribute: { a: b }',
    'registrations-over: { count: 1, within: 1m }',
    'external: { url: https://crm.acme.com/check, answer: { partner: true } }',
  ])('says of what cannot that it is unknown: %s', (condition) => {
    expect(whenOf(condition)).toEqual({ kind: 'unknown' });
  });

  it('keeps how conditions nest', () => {
    const source = { kind: 'is', key: 'source', operand: ['form'] };
    expect(whenOf('source: form, email-verified: true')).toEqual({ kind: 'all', of: [source, { kind: 'unknown' }] });
    expect(whenOf('not: { any: [{ source: form }, { source: form, email-verified: true }] }')).toEqual({
      kind: 'not',
      of: { kind: 'any', of: [source, { kind: 'all', of: [source, { kind: 'unknown' }] }] },
    });
  });
});
