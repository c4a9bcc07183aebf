import { describe, expect, it } from '@jest/globals';

import { gateIn } from '../../../src/operate/realm-check/login-gate.ts';
import type { Execution } from '../../../src/operate/door/execution.ts';

/** `0 REQUIRED auth-cookie` on each line; a sub-flow has no provider. */
const flow = (...lines: string[]): Execution[] =>
  lines.map((line) => {
    const [level, requirement = '', provider = null] = line.split(' ');
    return { level: Number(level), requirement, provider };
  });
const role = 'conditional-user-role';
const deny = 'deny-access-authenticator';
const login = ['0 REQUIRED', '1 ALTERNATIVE auth-cookie', '1 ALTERNATIVE', '2 REQUIRED auth-username-password-form'];

describe('src/operate/realm-check/login-gate', () => {
  it.each<[string, string, string[]]>([
    ['none in a flow that only logs in', 'none', login],
    ['one beside the ways to log in', 'found', [...login, '0 CONDITIONAL', `1 REQUIRED ${role}`, `1 REQUIRED ${deny}`]],
    ['one for everybody', 'found', [...login, `0 REQUIRED ${deny}`]],
    [
      'one by a condition that is not known here',
      'found',
      [...login, '0 CONDITIONAL', '1 REQUIRED conditional-acme-group', `1 REQUIRED ${deny}`],
    ],
    ['none that is switched off', 'none', [...login, '0 DISABLED', `1 REQUIRED ${role}`, `1 REQUIRED ${deny}`]],
    [
      'none whose denial is switched off',
      'none',
      [...login, '0 CONDITIONAL', `1 REQUIRED ${role}`, `1 DISABLED ${deny}`],
    ],
    [
      'none that asks something else than who it is',
      'none',
      [...login, '0 CONDITIONAL', '1 REQUIRED conditional-user-configured', `1 REQUIRED ${deny}`],
    ],
    [
      'one that anyone who has a session passes by',
      'passed-by',
      [...login, '2 CONDITIONAL', `3 REQUIRED ${role}`, `3 REQUIRED ${deny}`],
    ],
    [
      'one in the only alternative that is on',
      'found',
      [
        '0 DISABLED auth-cookie',
        '0 ALTERNATIVE',
        '1 REQUIRED auth-username-password-form',
        '1 CONDITIONAL',
        `2 REQUIRED ${role}`,
        `2 REQUIRED ${deny}`,
      ],
    ],
    [
      'the better one of two',
      'found',
      [
        ...login,
        '2 CONDITIONAL',
        `3 REQUIRED ${role}`,
        `3 REQUIRED ${deny}`,
        '0 CONDITIONAL',
        `1 REQUIRED ${role}`,
        `1 REQUIRED ${deny}`,
      ],
    ],
  ])('sees %s', (_, expected, lines) => {
    expect(gateIn(flow(...lines))).toBe(expected);
  });
});
