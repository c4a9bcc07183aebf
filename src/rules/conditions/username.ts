import { condition, needsUser } from './condition.ts';
import { quoted, usernameOf } from './person.ts';
import { describePattern, globsAtDoor, matchesPattern, type TextPattern, textPattern } from './text-pattern.ts';

export const username = condition<TextPattern>({
  key: 'username',
  title: 'User name',
  about:
    'The whole user name against a glob, a list of globs, or `regex:` (RE2 syntax, which takes linear time), whatever its letter case.',
  examples: ['test-*', { regex: '[a-z]{2}\\d{6}' }],
  operand: textPattern,
  atDoor: (pattern) => {
    const operand = globsAtDoor(pattern);
    return operand === null ? null : { kind: 'is', key: 'username', operand };
  },
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
