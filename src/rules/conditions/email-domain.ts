import { domainToASCII } from 'node:url';

import { z } from 'zod';

import { isGlob, matchesGlob } from '../glob.ts';
import { condition, quoted } from './condition.ts';
import { oneOrMore, text } from './operands.ts';

const pattern = text.transform((domain) => domain.toLowerCase().replace(/\.$/, ''));

/** After loading, a list file is its lines: the loader puts them in its place. */
const operand = z
  .union([z.strictObject({ list: text, lines: z.array(z.string()).optional() }), oneOrMore(pattern)])
  .transform((given) => ({ patterns: 'list' in given ? (given.lines ?? []) : given, list: 'list' in given ? given.list : null }));

interface Operand {
  readonly patterns: readonly string[];
  readonly list: string | null;
}

const exactSets = new WeakMap<Operand, ReadonlySet<string>>();

export const emailDomain = condition<Operand>({
  key: 'email-domain',
  title: 'Domain of the e-mail address',
  about:
    'The part after the last `@`, whatever its letter case: a domain, a glob such as `*.acme.com`, a list of them, or a list file with one domain or glob on each line (`#` starts a comment). A person may type any address: without `email-verified: true` this says nothing about who they are.',
  examples: ['acme.com', ['acme.com', '*.acme.com'], { list: 'lists/disposable.txt' }],
  operand: operand as unknown as z.ZodType<Operand>,
  test(operand, { registration, user }) {
    const domain = domainOf(user === undefined ? registration.email : user.email);
    if (domain === null) {
      return { holds: false, because: 'there is no e-mail address' };
    }
    let exact = exactSets.get(operand);
    if (exact === undefined) {
      exact = new Set(operand.patterns.filter((pattern) => !isGlob(pattern)).map(ascii));
      exactSets.set(operand, exact);
    }
    const holds = exact.has(domain) || operand.patterns.some((glob) => isGlob(glob) && matchesGlob(glob, domain));
    const among = operand.list ?? operand.patterns.slice(0, 5).join(', ');
    return { holds, because: `e-mail domain ${quoted(domain)} is ${holds ? '' : 'not '}among ${among}` };
  },
});

/** Lower case, in the form that DNS compares; `null` when there is no address, or one without a domain. */
function domainOf(email: string | null): string | null {
  const at = email?.lastIndexOf('@') ?? -1;
  const domain = at < 0 ? '' : (email?.slice(at + 1) ?? '');
  return domain === '' ? null : ascii(domain.toLowerCase().replace(/\.$/, ''));
}

function ascii(domain: string): string {
  return domainToASCII(domain) || domain;
}
