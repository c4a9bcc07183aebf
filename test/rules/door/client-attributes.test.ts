import { describe, expect, it } from '@jest/globals';

import { clientAttributes } from '../../../src/rules/door/client-attributes.ts';
import { compilePolicy } from '../../../src/rules/door/compile-policy.ts';
import type { DoorPolicy } from '../../../src/rules/door/policy.ts';
import { bookOf } from '../facts.ts';

const attributesOf = (rest: string) => {
  const book = bookOf({ 'a.yaml': `version: 1\nrealm: acme\nclients: a\n${rest}\n` });
  return clientAttributes(compilePolicy(book)).clients[0]?.attributes;
};
const holds = { 'vestibule.hold': 'gate' };
const closed = { 'vestibule.registration': 'closed' };
const approval = '{ request-approval: { approvers: desk@acme.com, hold: gate } }';

describe('src/rules/door/client-attributes', () => {
  it.each([
    ['nothing', 'rules: [{ name: one, then: [] }]', {}],
    ['that a file holds', 'hold: gate\nrules: [{ name: one, then: [] }]', holds],
    [
      'that one of several rules holds',
      `rules: [{ name: one, when: { source: form }, then: [] }, { name: two, then: [${approval}] }]`,
      holds,
    ],
    ['that the first rule refuses everybody', 'rules: [{ name: one, then: [refuse-registration] }]', closed],
    ['both', 'hold: gate\nrules: [{ name: one, then: [refuse-registration] }]', { ...holds, ...closed }],
    [
      'nothing of a refusal with a condition',
      'rules: [{ name: one, when: { source: form }, then: [refuse-registration] }]',
      {},
    ],
    [
      'nothing of a refusal by a later rule',
      'rules: [{ name: one, when: { source: form }, then: [] }, { name: two, then: [refuse-registration] }]',
      {},
    ],
    ['nothing of a dry run', 'rules: [{ name: one, dry-run: true, then: [refuse-registration] }]', {}],
  ])('say %s', (_, rest, attributes) => {
    expect(attributesOf(rest)).toEqual(attributes);
  });

  it('are in the order of realm and client, and those of patterns stand apart', () => {
    const policy: DoorPolicy = {
      format: 1,
      version: 'v1',
      entries: [
        { realm: 'b', client: 'x', list: 0 },
        { realm: 'a', client: 'y', list: 0 },
        { realm: 'a', client: '*', list: 0 },
        { realm: 'a-?', client: 'x', list: 0 },
        { realm: 'a', client: 'x', list: 1 },
        { realm: 'B', client: 'z', list: 0 },
      ],
      lists: [{ file: 'a.yaml', hold: true, rules: [] }],
    };
    const { clients, patterns } = clientAttributes(policy);
    expect(clients.map(({ realm, client }) => `${realm}/${client}`)).toEqual(['B/z', 'a/x', 'a/y', 'b/x']);
    expect(patterns.map(({ realm, client }) => `${realm}/${client}`)).toEqual(['a/*', 'a-?/x']);
    expect(clients.map(({ attributes }) => attributes)).toEqual([holds, {}, holds, holds]);
  });
});
