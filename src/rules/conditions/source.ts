import { matchesGlob } from '../../platform/glob.ts';
import { condition } from './condition.ts';
import { glob, oneOrMore } from './operands.ts';
import { quoted, some } from './person.ts';

export const source = condition<readonly string[]>({
  key: 'source',
  title: 'Way of the registration',
  about:
    "`form` for Keycloak's own form, `broker:ALIAS` for an identity provider (`broker:*` for any), else Keycloak's `register_method`.",
  examples: ['form', ['broker:google', 'broker:github'], 'broker:*'],
  operand: oneOrMore(glob),
  atDoor: (operand) => ({ kind: 'is', key: 'source', operand }),
  test(patterns, { registration }) {
    const holds = patterns.some((pattern) => matchesGlob(pattern, registration.source));
    const is = holds ? 'is' : 'is not';
    return { holds, because: `source ${quoted(registration.source)} ${is} among ${some(patterns)}` };
  },
});
