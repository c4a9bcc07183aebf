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
    const visitor = visitorOf({ ...registration, headers: { 'x-a': '1', 'x-b': null } }, ['x-a', 'x-b']);
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
  ])('is refused by "%s" with the headers %j', (rule, headers) => {
    expect(answer(policy, visitorOf({ ...registration, headers }, ['x-a'])).rule).toBe(rule);
  });

  it('waits at the gate where the event does not tell a header: the request may have had several of that name', () => {
    const visitor = visitorOf({ ...registration, headers: { 'x-b': '1' } }, ['x-a', 'x-b']);
    expect(visitor.headers).toEqual({ 'x-a': null, 'x-b': '1' });
    expect(answer(policy, visitor)).toMatchObject({ door: 'gate', rule: null });
  });

  it('has no answer by a rule that compares headers, where the event tells none', () => {
    expect(answer(policy, visitorOf(registration, ['x-a']))).toMatchObject({ door: 'gate', rule: null });
  });
});
