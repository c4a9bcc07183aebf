import { matchesGlobIgnoringCase } from '../../platform/glob.ts';
import { condition, needsUser } from './condition.ts';
import { glob, oneOrMore } from './operands.ts';
import { quoted, some } from './person.ts';

export const locale = condition<readonly string[]>({
  key: 'locale',
  title: 'Language of the person',
  about:
    'The language of the page the person saw, such as `de` or `pt-BR`, or a list; `pt` also holds for `pt-BR`. The Keycloak provider reports it. Without the provider, it is the `locale` of the user in Keycloak. It is known only in realms with internationalization.',
  examples: ['de', ['fr', 'nl']],
  operand: oneOrMore(glob),
  atDoor: (operand) => ({ kind: 'is', key: 'locale', operand }),
  test(wanted, { registration, user }) {
    if (registration.locale === null && user === undefined) {
      return needsUser;
    }
    const is = registration.locale ?? user?.locale ?? null;
    const holds = is !== null && isLocale(wanted, is);
    return { holds, because: `locale ${quoted(is)} is ${holds ? '' : 'not '}among ${some(wanted)}` };
  },
});

/** `pt` also holds for `pt-BR`. */
export function isLocale(wanted: readonly string[], is: string): boolean {
  return wanted.some((tag) => matchesGlobIgnoringCase(tag, is) || matchesGlobIgnoringCase(`${tag}-*`, is));
}
