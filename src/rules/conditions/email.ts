import { condition, needsUser } from './condition.ts';
import { emailOf, quoted } from './person.ts';
import { describePattern, globsAtDoor, matchesPattern, type TextPattern, textPattern } from './text-pattern.ts';

export const email = condition<TextPattern>({
  key: 'email',
  title: 'E-mail address',
  about:
    'The whole address against a glob, a list of globs, or `regex:` (RE2 syntax, which takes linear time), whatever its letter case.',
  examples: ['*@acme.com', { regex: '[a-z]+\\.[a-z]+@acme\\.com' }],
  operand: textPattern,
  atDoor: (pattern) => {
    const operand = globsAtDoor(pattern);
    return operand === null ? null : { kind: 'is', key: 'email', operand };
  },
  test(pattern, facts) {
    const address = emailOf(facts);
    if (address === undefined) {
      return needsUser;
    }
    const holds = address !== null && matchesPattern(pattern, address);
    const verb = holds ? 'matches' : 'does not match';
    return { holds, because: `e-mail address ${quoted(address)} ${verb} ${describePattern(pattern)}` };
  },
});
