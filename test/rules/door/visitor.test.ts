import { describe, expect, it } from '@jest/globals';

import { answer } from '../../../src/rules/door/answer.ts';
import { compilePolicy } from '../../../src/rules/door/compile-policy.ts';
import { beforeSending, visitorOf } from '../../../src/rules/door/visitor.ts';
import { bookOf, registration } from '../facts.ts';

const policy = compilePolicy(
  bookOf({
    'shop.yaml': `version: 1
realm: acme
clients: shop
hold: gate
rules:
  - name: strangers
    when: { not: { request-header: { x-a: "*" } } }
    then: [refuse-registration]
  - name: all
    then: [refuse-registration]
`,
  }),
);

describe('src/rules/door/visitor', () => {
  it('is the person of a registration, with what they sent', () => {
    const { realm, clientId, source, ip, locale, time, username, email } = registration;
    const known = { realm, client: clientId, source, ip, locale, time };
    const visitor = visitorOf({ ...registration, headers: { 'x-a': '1', 'x-b': null } });
    expect(visitor).toEqual({ ...known, headers: { 'x-a': '1' }, sent: true, username, email });
    expect(beforeSending(visitor)).toEqual({
      ...known,
      headers: { 'x-a': '1' },
      sent: false,
      username: null,
      email: null,
    });
  });

  it.each([
    ['strangers', { 'x-a': null }],
    ['all', { 'x-a': '1' }],
    // For the door, a header that it does not look for is missing.
    ['strangers', {}],
  ])('is refused by "%s" with the headers %j', (rule, headers) => {
    expect(answer(policy, visitorOf({ ...registration, headers })).rule).toBe(rule);
  });

  it('has no answer by a rule that compares headers, where the event tells none', () => {
    expect(answer(policy, visitorOf(registration))).toMatchObject({ door: 'gate', rule: null });
  });
});
