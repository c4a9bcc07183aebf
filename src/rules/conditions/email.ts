import { condition, quoted } from './condition.ts';
import { describePattern, matchesPattern, type TextPattern, textPattern } from './text-pattern.ts';

export const email = condition<TextPattern>({
  key: 'email',
  title: 'E-mail address',
  about: 'The whole address against a glob, a list of globs, or `regex:` (RE2 syntax, which takes linear time), whatever its letter case.',
  examples: ['*@acme.com', { regex: '[a-z]+\\.[a-z]+@acme\\.com' }],
  operand: textPattern,
  test(pattern, { registration, user }) {
    const address = user === undefined ? registration.email : user.email;
    const holds = address !== null && matchesPattern(pattern, address);
    return { holds, because: `e-mail address ${quoted(address)} ${holds ? 'matches' : 'does not match'} ${describePattern(pattern)}` };
  },
});
