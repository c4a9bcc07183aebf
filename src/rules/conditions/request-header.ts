import { z } from 'zod';

import { matchesGlob } from '../../platform/glob.ts';
import { condition } from './condition.ts';
import { glob, oneOrMore } from './operands.ts';
import { quoted, some } from './person.ts';

type Operand = Readonly<Record<string, readonly string[]>>;

const name = z.string().regex(/^[\w!#$%&'*+.^`|~-]+$/);

const operand = z
  .record(name, oneOrMore(glob), {
    error: ({ code }) =>
      code === 'invalid_key'
        ? 'must be the name of a request header, such as x-partner-id'
        : 'must map names of headers to a value, a glob, or a list of them',
  })
  .refine((headers) => Object.keys(headers).length > 0, { error: 'must name at least one header' })
  .transform((headers, context): Operand => {
    const entries = Object.entries(headers).map(([name, values]) => [name.toLowerCase(), values] as const);
    const lowered = new Map(entries);
    if (lowered.size < entries.length) {
      context.addIssue({ code: 'custom', message: 'names a header twice: the letter case of its name means nothing' });
    }
    return Object.fromEntries(lowered);
  });

export const requestHeader = condition<Operand>({
  key: 'request-header',
  title: 'Request headers',
  about:
    'Headers of the request, each with a value, a glob, or a list of them. All headers that are named must match; a header that is missing does not. Names have no letter case, values do. Only headers that the option `request-headers` of the Keycloak provider names are known. Where a decision depends on one that is not, the registration waits. Anybody can send any header: let a gateway in front of Keycloak set them, and strip them from requests that come from outside.',
  examples: [{ 'x-partner-id': '*' }, { 'x-country': ['DE', 'AT', 'CH'], 'x-network': 'office-*' }],
  operand,
  atDoor: (operand) => ({ kind: 'is', key: 'request-header', operand }),
  references: (operand) => [{ kind: 'request-header', names: Object.keys(operand) }],
  test(wanted, { registration: { headers = {} } }) {
    const known = Object.entries(wanted).filter(([name]) => Object.hasOwn(headers, name));
    const compared = known.map(([name, patterns]) => {
      const value = headers[name] ?? null;
      const holds = value !== null && patterns.some((pattern) => matchesGlob(pattern, value));
      const because = `header ${name} ${quoted(value)} is ${holds ? '' : 'not '}among ${some(patterns)}`;
      return { holds, because };
    });
    const failing = compared.find(({ holds }) => !holds);
    if (failing === undefined && known.length < Object.keys(wanted).length) {
      const names = Object.keys(wanted).filter((name) => !Object.hasOwn(headers, name));
      return { holds: 'unknown', missing: { kind: 'missing', what: 'headers', names } };
    }
    return failing ?? { holds: true, because: compared.map(({ because }) => because).join(', and ') };
  },
});
