import { lookup } from 'node:dns';
import type { LookupFunction } from 'node:net';

import ipaddr from 'ipaddr.js';
import { Agent, type Dispatcher, request } from 'undici';

import type { WebhookMessage } from '../../messages/webhook.ts';

export interface LineOptions {
  readonly allowPrivate: boolean;
  readonly timeoutMs: number;
}

/** The way to the systems of the company that rules name. */
export interface Line {
  /**
   * Posts a message. The time-out holds for all of it, also for what `read` reads.
   * @throws PrivateAddress when the URL leads into a private network
   */
  post<T>(url: string, message: WebhookMessage, read: (answer: Dispatcher.ResponseData) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/** How much of an answer is taken. */
export const longestAnswer = 64 * 1024;

/**
 * The address is judged when the connection is made, after the name was resolved: a name that resolves to a public
 * address first and to a private one then gets nowhere. Redirects are not followed.
 */
export function openLine({ allowPrivate, timeoutMs }: LineOptions): Line {
  const guarded: LookupFunction = (hostname, options, callback) =>
    lookup(hostname, { ...options, all: true }, (error, addresses) => {
      const open = (addresses ?? []).filter(({ address }) => allowPrivate || isPublic(address));
      const [first] = open;
      if (error !== null || first === undefined) {
        callback(error ?? new PrivateAddress(), '', 0);
      } else if (options.all === true) {
        callback(null, open);
      } else {
        callback(null, first.address, first.family);
      }
    });
  const dispatcher = new Agent({
    connect: { lookup: guarded, timeout: Math.min(10_000, timeoutMs) },
    connections: 4,
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
    maxResponseSize: longestAnswer,
  });
  return {
    async post(url, { body, headers }, read) {
      const literal = new URL(url).hostname.replace(/^\[|\]$/g, '');
      if (!allowPrivate && ipaddr.isValid(literal) && !isPublic(literal)) {
        throw new PrivateAddress();
      }
      const signal = AbortSignal.timeout(timeoutMs);
      return read(await request(url, { method: 'POST', body, headers, dispatcher, signal }));
    },
    close: () => dispatcher.close(),
  };
}

export class PrivateAddress extends Error {
  override readonly name = 'PrivateAddress';
}

/** Unicast addresses of the public Internet; an IPv4 address inside an IPv6 one counts as what it is. */
function isPublic(address: string): boolean {
  return ipaddr.process(address).range() === 'unicast';
}
