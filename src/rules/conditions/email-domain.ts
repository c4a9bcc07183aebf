import { domainToASCII } from 'node:url';

import { z } from 'zod';

import { isGlob, matchesGlob } from '../../platform/glob.ts';
import { condition, needsUser } from './condition.ts';
import { glob, oneOrMore, text } from './operands.ts';
import { emailOf, quoted, some } from './person.ts';

interface Operand {
  readonly list: string | null;
  readonly exact: ReadonlySet<string>;
  readonly globs: readonly string[];
  /** For reasons. */
  readonly named: string;
}

const domain = glob
  .regex(/^[^\s@/:,]+$/, { error: 'must be a domain such as acme.com or *.acme.com, without "@"' })
  .transform(comparable);

const operand = z
  .union([
    oneOrMore(domain),
    z.strictObject({ list: text.describe('The path of a list file, from the folder of the rules.') }),
  ])
  .transform((given): Operand => ('list' in given ? { ...among([]), list: given.list } : among(given)));

export const emailDomain = condition<Operand>({
  key: 'email-domain',
  title: 'Domain of the e-mail address',
  about:
    'The part after the last `@`, whatever its letter case. It is compared with a domain, a glob, a list of them, or a list file. The glob `*.acme.com` leaves `acme.com` itself out. A list file has one domain or glob on each line; `#` starts a comment. A person may type any address: without `email-verified: true` this says nothing about who they are.',
  examples: ['acme.com', ['acme.com', '*.acme.com'], { list: 'lists/disposable.txt' }],
  operand,
  list: {
    path: ({ list }) => list,
    entry: domain,
    fill: ({ list }, entries) => ({ ...among(entries), list, named: list ?? '' }),
  },
  atDoor: ({ exact, globs }) => ({ kind: 'is', key: 'email-domain', operand: { exact: [...exact], globs } }),
  test({ exact, globs, named }, facts) {
    const email = emailOf(facts);
    if (email === undefined) {
      return needsUser;
    }
    const given = domainOf(email);
    if (given === null) {
      return { holds: false, because: 'there is no e-mail address' };
    }
    const holds = exact.has(given) || globs.some((glob) => matchesGlob(glob, given));
    return { holds, because: `e-mail domain ${quoted(given)} is ${holds ? '' : 'not '}among ${named}` };
  },
});

function among(domains: readonly string[]): Operand {
  return {
    list: null,
    exact: new Set(domains.filter((domain) => !isGlob(domain))),
    globs: domains.filter(isGlob),
    named: some(domains),
  };
}

/** In the form that is compared; `null` when there is no address, or one without a domain. */
export function domainOf(email: string | null): string | null {
  const at = email?.lastIndexOf('@') ?? -1;
  const domain = at < 0 ? '' : (email?.slice(at + 1) ?? '');
  return domain === '' ? null : comparable(domain);
}

/** Lower case, as DNS has it (`bücher.example` is `xn--bcher-kva.example`), without the dot of the root. */
function comparable(domain: string): string {
  const plain = domain.toLowerCase().replace(/\.$/, '');
  // Only where it is needed, because the function also turns numbers into addresses: 123 would become 0.0.0.123.
  return /^[\u0020-\u007e]*$/.test(plain) ? plain : domainToASCII(plain) || plain;
}
