import { z } from 'zod';

import { formatDuration } from '../../platform/duration.ts';
import type { Facts } from '../model.ts';
import { condition, needsUser } from './condition.ts';
import { domainOf } from './email-domain.ts';
import { addressOf } from './ip.ts';
import { duration } from './operands.ts';
import { emailOf } from './person.ts';

const dayMs = 86_400_000;

const operand = z.strictObject({
  count: z
    .number({ error: 'must be a number' })
    .int({ error: 'must be a whole number' })
    .min(1, { error: 'must be at least 1' })
    .describe('It holds for more registrations than this, the present one included.'),
  within: duration
    .refine((ms) => ms <= dayMs, { error: 'must be at most a day' })
    .describe('The time before the registration in which they are counted, such as 10m; at most a day.'),
  by: z
    .enum(['client', 'ip-range', 'domain'], { error: 'must be client, ip-range or domain' })
    .default('client')
    .describe(
      'Which registrations of the client are counted. `client` counts all of them, `ip-range` those from the same range (/24 of IPv4, /48 of IPv6), `domain` those with the same e-mail domain.',
    ),
});

type Operand = z.output<typeof operand>;

export const registrationsOver = condition<Operand>({
  key: 'registrations-over',
  title: 'More registrations than usual',
  about: 'More than `count` registrations of the client `within` a time.',
  examples: [
    { count: 20, within: '10m' },
    { count: 3, within: '1h', by: 'ip-range' },
  ],
  operand,
  needsAddress: ({ by }) => by === 'ip-range',
  test({ count, within, by }, facts) {
    const group = groupOf(by, facts);
    if (group === undefined) {
      return needsUser;
    }
    if (group === null) {
      return { holds: false, because: `the registration tells no ${by} to count` };
    }
    const key = keyOf(by, group, facts);
    const counted = facts.counts?.get(`${key}/${within}`);
    if (counted === undefined) {
      return { holds: 'unknown', missing: { kind: 'missing', what: 'count', key, by, windowMs: within } };
    }
    const holds = counted > count;
    const compared = `${counted} registrations by ${by} in ${formatDuration(within)}`;
    return { holds, because: `${compared}, ${holds ? 'more than' : 'at most'} ${count}` };
  },
});

/** The key under which a registration is counted. `null`: it is not counted, or the user must be read first. */
export function countedUnder(by: Operand['by'], facts: Facts): string | null {
  const group = groupOf(by, facts);
  return group === null || group === undefined ? null : keyOf(by, group, facts);
}

function keyOf(by: Operand['by'], group: string, { registration: { realm, clientId } }: Facts): string {
  // It may hold hostile text, so it is used as a key only, never as a path or a pattern.
  return JSON.stringify([by, realm, clientId, group]);
}

/** The group that the registration is counted in. `null`: it has none. `undefined`: the user must be read first. */
function groupOf(by: Operand['by'], facts: Facts): string | null | undefined {
  switch (by) {
    case 'client':
      return '';
    case 'ip-range':
      return rangeOf(facts.registration.ip);
    default: {
      const email = emailOf(facts);
      return email === undefined ? undefined : domainOf(email);
    }
  }
}

function rangeOf(ip: string | null): string | null {
  const address = addressOf(ip);
  return address === null
    ? null
    : address
        .toByteArray()
        .slice(0, address.kind() === 'ipv4' ? 3 : 6)
        .join('.');
}
