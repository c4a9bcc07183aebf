import ipaddr from 'ipaddr.js';
import { z } from 'zod';

import type { Facts } from '../model.ts';
import { parseDuration } from '../duration.ts';
import { condition } from './condition.ts';

const operand = z.strictObject({
  count: z.number({ error: 'must be a number' }).int({ error: 'must be a whole number' }).min(1, { error: 'must be at least 1' }),
  within: z
    .string({ error: 'must be a duration such as 10m' })
    .transform((text, context) => {
      const ms = parseDuration(text);
      if (ms === null || ms > 86_400_000) {
        context.addIssue({ code: 'custom', message: 'must be a duration of at most a day, such as 10m' });
        return z.NEVER;
      }
      return ms;
    }),
  by: z.enum(['client', 'ip-range', 'domain'], { error: 'must be client, ip-range or domain' }).default('client'),
});

type Operand = z.output<typeof operand>;

export const registrationsOver = condition<Operand>({
  key: 'registrations-over',
  title: 'More registrations than usual',
  about: 'More than `count` registrations `within` a time (at most a day), this one included, counted `by` client (as a whole, the default), `ip-range` (/24 of IPv4, /48 of IPv6) or `domain` of the e-mail address, in each case for the client.',
  examples: [{ count: 20, within: '10m' }, { count: 3, within: '1h', by: 'ip-range' }],
  operand,
  test({ count, within, by }, facts) {
    const key = counterKey(by, facts);
    const counted = facts.counts?.get(`${key}/${within}`);
    if (counted === undefined) {
      return { holds: 'unknown', missing: { kind: 'missing', what: 'count', key, by, windowMs: within } };
    }
    const holds = counted > count;
    return { holds, because: `${counted} registrations by ${by} in ${within / 1_000} s, ${holds ? 'more than' : 'at most'} ${count}` };
  },
});

/** What a registration counts towards. Hostile text is part of it: it is a key, never a path or a pattern. */
export function counterKey(by: Operand['by'], { registration }: Facts): string {
  const { realm, clientId, ip, email } = registration;
  const group = { client: () => '', 'ip-range': () => rangeOf(ip), domain: () => email?.split('@').at(-1)?.toLowerCase() ?? '' }[by]();
  return JSON.stringify([by, realm, clientId, group]);
}

function rangeOf(ip: string | null): string {
  if (ip === null || !ipaddr.isValid(ip)) {
    return '';
  }
  const address = ipaddr.process(ip);
  const bytes = address.toByteArray();
  return bytes.slice(0, address.kind() === 'ipv4' ? 3 : 6).join('.');
}
