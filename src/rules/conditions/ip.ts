import ipaddr from 'ipaddr.js';

import { condition, quoted } from './condition.ts';
import { oneOrMore, text } from './operands.ts';

const range = text.refine((cidr) => ipaddr.isValidCIDR(cidr) || ipaddr.isValid(cidr), {
  error: 'must be an address or a range such as 10.0.0.0/8 or 2001:db8::/32',
});

export const ip = condition<readonly string[]>({
  key: 'ip',
  title: 'Address the registration came from',
  about: "An IPv4 or IPv6 address or range (CIDR). An IPv4 address that came mapped in IPv6 counts as IPv4. It is what Keycloak saw: behind a proxy, Keycloak's `proxy-headers` must be set.",
  examples: ['10.0.0.0/8', ['192.0.2.0/24', '2001:db8::/32']],
  operand: oneOrMore(range),
  test(ranges, { registration }) {
    if (registration.ip === null || !ipaddr.isValid(registration.ip)) {
      return { holds: false, because: 'the event has no address' };
    }
    const address = ipaddr.process(registration.ip);
    const holds = ranges.some((range) => contains(range, address));
    return { holds, because: `address ${quoted(address.toString())} is ${holds ? '' : 'not '}in ${ranges.slice(0, 5).join(', ')}` };
  },
});

function contains(range: string, address: ipaddr.IPv4 | ipaddr.IPv6): boolean {
  const cidr = range.includes('/') ? range : `${range}/${ipaddr.parse(range).kind() === 'ipv4' ? 32 : 128}`;
  const [network, bits] = ipaddr.parseCIDR(cidr);
  return network.kind() === address.kind() && address.match([network, bits] as never);
}
