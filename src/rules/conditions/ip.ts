import ipaddr from 'ipaddr.js';
import { z } from 'zod';

import { condition } from './condition.ts';
import { oneOrMore, text } from './operands.ts';
import { some } from './person.ts';

type Address = ipaddr.IPv4 | ipaddr.IPv6;

interface Range {
  readonly text: string;
  readonly network: Address;
  readonly bits: number;
}

const range = text.transform((given, context): Range => {
  const range = parseRange(given);
  if (range === null) {
    const message = 'must be an address or a range such as 10.0.0.0/8 or 2001:db8::/32';
    context.addIssue({ code: 'custom', message });
    return z.NEVER;
  }
  return range;
});

export const ip = condition<readonly Range[]>({
  key: 'ip',
  title: 'Address the registration came from',
  about:
    "An IPv4 or IPv6 address or range (CIDR), or a list of them. An IPv4 address that came mapped in IPv6 counts as IPv4. It is the address that Keycloak saw. Behind a proxy, Keycloak's `proxy-headers` must be set. Keycloak then takes the left-most entry of `X-Forwarded-For`. So the proxy must overwrite that header: if it appends to it, anybody can choose their address. docs/gateway.md shows how.",
  examples: ['10.0.0.0/8', ['192.0.2.0/24', '2001:db8::/32']],
  operand: oneOrMore(range),
  needsAddress: () => true,
  atDoor: (ranges) => ({
    kind: 'is',
    key: 'ip',
    operand: ranges.map(({ network, bits }) => ({ network: withoutZone(network).toString(), bits })),
  }),
  test(ranges, { registration }) {
    const address = addressOf(registration.ip);
    if (address === null) {
      return { holds: false, because: 'the event has no address' };
    }
    const holds = ranges.some(({ network, bits }) => contains(network, bits, address));
    const is = holds ? 'is' : 'is not';
    return { holds, because: `address ${address.toString()} ${is} in ${some(ranges.map(({ text }) => text))}` };
  },
});

/** A zone is of use only on the machine that wrote it. */
function withoutZone(address: Address): Address {
  return ipaddr.fromByteArray(address.toByteArray());
}

/** `null` where there is none, or none that can be read. */
export function addressOf(ip: string | null): Address | null {
  return ip !== null && ipaddr.isValid(ip) ? ipaddr.process(ip) : null;
}

/**
 * Only an address in full. The old short forms, such as `10` or `10.1`, mean another address than most people expect.
 */
function parseRange(text: string): Range | null {
  const [address = '', length, ...rest] = text.split('/');
  if (rest.length > 0 || !(ipaddr.IPv4.isValidFourPartDecimal(address) || ipaddr.IPv6.isValid(address))) {
    return null;
  }
  const given = ipaddr.parse(address);
  const network = ipaddr.process(address);
  const widest = given.kind() === 'ipv4' ? 32 : 128;
  const bits = length === undefined ? widest : /^\d{1,3}$/.test(length) ? Number(length) : Infinity;
  // A range of mapped addresses is the range of IPv4 that it maps.
  const ownBits = given.kind() === network.kind() ? bits : bits - 96;
  return bits > widest || ownBits < 0 ? null : { text, network, bits: ownBits };
}

/** The same for a range and an address as plain text. */
export function isInRange(network: string, bits: number, ip: string): boolean {
  return contains(ipaddr.parse(network), bits, ipaddr.process(ip));
}

function contains(network: Address, bits: number, address: Address): boolean {
  return network.kind() === address.kind() && address.match(network, bits);
}
