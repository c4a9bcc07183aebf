import { condition, needsUser } from './condition.ts';
import { emailOf, quoted } from './person.ts';
import { describePattern, matchesPattern, type TextPattern, textPattern } from './text-pattern.ts';

export const email = condition<TextPattern>({
  key: 'email',
  title: 'E-mail address',
  about:
    'The whole address against a glob, a list of globs, or `regex:` (RE2 syntax, which takes linear time), whatever its letter case.',
  examples: ['*@acme.com', { regex: '[a-z]+\\.[a-z]+@acme\\.com' }],
  operand: textPattern,
  atDoor: (pattern) => ('globs' in pattern ? { kind: 'is', key: 'email', operand: { globs: pattern.globs } } : null),
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
