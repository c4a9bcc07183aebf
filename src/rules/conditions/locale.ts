import { matchesGlobIgnoringCase } from '../glob.ts';
import { condition, needsUser } from './condition.ts';
import { oneOrMore, text } from './operands.ts';
import { quoted, some } from './person.ts';

export const locale = condition<readonly string[]>({
  key: 'locale',
  title: 'Language of the person',
  about:
    "The user's `locale` in Keycloak, such as `de` or `pt-BR`, or a list; `pt` also holds for `pt-BR`. Known only in realms with internationalization.",
  examples: ['de', ['fr', 'nl']],
  operand: oneOrMore(text),
  test(wanted, { user }) {
    if (user === undefined) {
      return needsUser;
    }
    const is = user.locale;
    const matches = (tag: string) =>
      is !== null && (matchesGlobIgnoringCase(tag, is) || matchesGlobIgnoringCase(`${tag}-*`, is));
    const holds = wanted.some(matches);
    return { holds, because: `locale ${quoted(is)} is ${holds ? '' : 'not '}among ${some(wanted)}` };
  },
});
