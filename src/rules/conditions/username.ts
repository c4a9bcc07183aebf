import { condition, needsUser } from './condition.ts';
import { quoted, usernameOf } from './person.ts';
import { describePattern, matchesPattern, type TextPattern, textPattern } from './text-pattern.ts';

export const username = condition<TextPattern>({
  key: 'username',
  title: 'User name',
  about:
    'The whole user name against a glob, a list of globs, or `regex:` (RE2 syntax, which takes linear time), whatever its letter case.',
  examples: ['test-*', { regex: '[a-z]{2}\\d{6}' }],
  operand: textPattern,
  atDoor: (pattern) => ('globs' in pattern ? { kind: 'is', key: 'username', operand: { globs: pattern.globs } } : null),
  test(pattern, facts) {
    const name = usernameOf(facts);
    if (name === undefined) {
      return needsUser;
    }
    const holds = matchesPattern(pattern, name);
    const verb = holds ? 'matches' : 'does not match';
    return { holds, because: `user name ${quoted(name)} ${verb} ${describePattern(pattern)}` };
  },
});
