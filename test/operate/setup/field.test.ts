import { describe, expect, it } from '@jest/globals';

import { describeField, fieldScope, planFields, readField } from '../../../src/operate/setup/field/plan.ts';
import type { FieldState } from '../../../src/operate/setup/field/state.ts';

const portal: FieldState = {
  client: 'partner-portal',
  attribute: 'company_name',
  clientThere: true,
  scope: 'none',
  profile: null,
};
const ours = {
  askedWith: ['fields-of-partner-portal'],
  requiredWith: ['fields-of-partner-portal'],
  editableByUser: true,
};
const done: FieldState = { ...portal, scope: 'default', profile: ours };
const lines = (...states: readonly FieldState[]) => planFields(states).changes.map(describeField);

describe('src/operate/setup/field', () => {
  it.each([
    ['partner-portal:company_name', { client: 'partner-portal', attribute: 'company_name' }],
    ['https://sp.acme.com:8443:vat.id', { client: 'https://sp.acme.com:8443', attribute: 'vat.id' }],
    ['partner-portal', null],
    ['partner-portal:', null],
    [':company', null],
    ['partner-portal:company name', null],
  ])('reads %s', (text, field) => {
    expect(readField(text)).toEqual(field);
  });

  it('makes a client scope and an attribute, and finds nothing to change when both are there', () => {
    expect(lines(portal)).toEqual([
      'make the client scope "fields-of-partner-portal" a default of the client "partner-portal": registrations through it ask for more',
      'add the attribute "company_name" to the user profile, asked for and required with the client scope "fields-of-partner-portal"; the person and administrators may write it',
    ]);
    expect(planFields([done])).toEqual({ changes: [], notes: [], obstacles: [] });
  });

  it('makes one scope for several attributes of a client, and asks for one attribute in several clients', () => {
    const shop = { ...portal, client: 'shop' };
    expect(planFields([portal, { ...portal, attribute: 'vat_id' }, shop, shop]).changes).toEqual([
      { kind: 'field-scope', client: 'partner-portal', scope: 'fields-of-partner-portal' },
      { kind: 'field-attribute', attribute: 'company_name', scope: 'fields-of-partner-portal', isNew: true },
      { kind: 'field-attribute', attribute: 'vat_id', scope: 'fields-of-partner-portal', isNew: true },
      { kind: 'field-scope', client: 'shop', scope: 'fields-of-shop' },
      { kind: 'field-attribute', attribute: 'company_name', scope: 'fields-of-shop', isNew: false },
    ]);
    expect(lines({ ...shop, profile: ours })).toContain(
      'ask for the attribute "company_name", and require it, with the client scope "fields-of-shop" too',
    );
  });

  it('names a scope after a client whose id is an address', () => {
    expect(fieldScope('https://sp.acme.com/saml metadata')).toBe('fields-of-https-sp.acme.com-saml-metadata');
  });

  it.each<[string, Partial<FieldState>]>([
    ['There is no client "partner-portal"', { clientThere: false }],
    ['rename it', { scope: 'foreign' }],
    ['every registration asks for it', { profile: { ...ours, askedWith: [] } }],
    ['not required of the same registrations', { profile: { ...ours, requiredWith: null } }],
    ['not required of the same registrations', { profile: { ...ours, requiredWith: ['other'] } }],
    ['the person may not write it', { profile: { ...ours, editableByUser: false } }],
  ])('changes nothing that somebody else has set, and says so: %s', (words, state) => {
    const { changes, obstacles } = planFields([{ ...portal, ...state }]);
    expect([changes, obstacles]).toEqual([[], [expect.stringContaining(words)]]);
  });
});
