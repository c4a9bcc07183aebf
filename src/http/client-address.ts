import type { FastifyRequest } from 'fastify';
import ipaddr from 'ipaddr.js';

/**
 * The address that a request came from, in its usual form; `null` when there is none.
 *
 * Behind a trusted proxy, Fastify takes the right-most entry of X-Forwarded-For that is no trusted proxy. What stands
 * there can be any text, for a proxy may pass the header on as it came.
 */
export function clientAddress({ ip }: Pick<FastifyRequest, 'ip'>): string | null {
  return ipaddr.isValid(ip) ? ipaddr.process(ip).toString() : null;
}

/** Whom a limit counts for: the client, or the proxy where the proxy does not tell the client's address. */
export function countedAddress(request: FastifyRequest): string {
  return networkOf(clientAddress(request) ?? request.socket.remoteAddress ?? '');
}

/** Providers give each customer of IPv6 a whole network, a /64 at least. So its addresses count as one client. */
function networkOf(address: string): string {
  return ipaddr.IPv6.isValid(address) ? ipaddr.IPv6.networkAddressFromCIDR(`${address}/64`).toString() : address;
}
