import { matchesGlob } from '../glob.ts';
import { condition, needsUser, quoted } from './condition.ts';
import { oneOrMore, text } from './operands.ts';

export const locale = condition<readonly string[]>({
  key: 'locale',
  title: 'Language of the person',
  about: "The user's `locale` in Keycloak, such as `de` or `pt-BR`; `pt` also holds for `pt-BR`. Known only in realms with internationalization.",
  examples: ['de', ['fr', 'nl']],
  operand: oneOrMore(text),
  test(wanted, { user }) {
    if (user === undefined) {
      return needsUser;
    }
    const is = user.locale;
    const holds = is !== null && wanted.some((tag) => matchesGlob(tag, is, true) || matchesGlob(`${tag}-*`, is, true));
    return { holds, because: `locale ${quoted(is)} is ${holds ? '' : 'not '}among ${wanted.join(', ')}` };
  },
});
