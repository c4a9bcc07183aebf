import { describe, expect, it } from '@jest/globals';

import { judge, user } from '../facts.ts';

const yes = 'source: form';
const no = 'source: broker';
const unknown = 'email-verified: true';

describe('src/rules/decide/evaluate', () => {
  it.each([
    [`${yes}, username: mia`, true],
    [`${yes}, username: leo`, false],
    [`any: [{ ${no} }, { ${yes} }]`, true],
    [`any: [{ ${no} }, { ${no} }]`, false],
    [`all: [{ ${yes} }, { ${no} }]`, false],
    [`not: { ${no} }`, true],
    [`not: { ${yes}, username: leo }`, true],
    [`not: { any: [{ ${no} }, { not: { ${yes} } }] }`, true],
    [`${unknown}, ${no}`, false],
    [`any: [{ ${unknown} }, { ${yes} }]`, true],
    [`${unknown}, ${yes}`, 'unknown'],
    [`any: [{ ${unknown} }, { ${no} }]`, 'unknown'],
    [`not: { ${unknown} }`, 'unknown'],
  ])('{ %s } holds: %s', (condition, holds) => {
    expect(judge(condition, {}).holds).toBe(holds);
  });

  it.each([[`request-header: { x-a: "*" }, ${unknown}`], [`${unknown}, request-header: { x-a: "*" }`]])(
    'asks for what somebody can say, before it hangs on a header that nobody knows: { %s }',
    (condition) => {
      expect(judge(condition, {})).toMatchObject({ missing: { what: 'user' } });
      expect(judge(condition, { user })).toMatchObject({ holds: false });
      const missing = { kind: 'missing', what: 'headers', names: ['x-a'] };
      expect(judge(condition, { user: { ...user, emailVerified: true } })).toEqual({ holds: 'unknown', missing });
    },
  );

  it('gives the reasons that mattered, with the values compared', () => {
    expect(judge(`${yes}, username: leo`, {})).toMatchObject({
      because: 'user name "mia" does not match leo',
      grounds: 'username',
    });
    expect(judge(`${yes}, not: { ${unknown} }`, { user })).toMatchObject({
      because: 'source "form" is among form, and not (e-mail address is not verified)',
      grounds: 'source, not (email-verified)',
    });
  });
});
