import { condition, quoted } from './condition.ts';
import { describePattern, matchesPattern, type TextPattern, textPattern } from './text-pattern.ts';

export const username = condition<TextPattern>({
  key: 'username',
  title: 'User name',
  about: 'The user name against a glob, a list of globs, or `regex:` (RE2 syntax, which takes linear time), whatever its letter case.',
  examples: ['test-*', { regex: '[a-z]{2}\\d{6}' }],
  operand: textPattern,
  test(pattern, { registration, user }) {
    const name = user === undefined ? registration.username : user.username;
    const holds = name !== null && matchesPattern(pattern, name);
    return { holds, because: `user name ${quoted(name)} ${holds ? 'matches' : 'does not match'} ${describePattern(pattern)}` };
  },
});
