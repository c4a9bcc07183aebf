import { lookup } from 'node:dns';
import type { LookupFunction } from 'node:net';

import ipaddr from 'ipaddr.js';
import { Agent, request } from 'undici';

import { ServiceError } from '../../platform/errors.ts';
import type { WebhookMessage } from '../../messages/webhook.ts';

export interface WebhookCaller {
  /** @throws ServiceError WEBHOOK_REFUSED when it is no use to try again, WEBHOOK_UNAVAILABLE when it is */
  call(url: string, message: WebhookMessage): Promise<void>;
  close(): Promise<void>;
}

const timeoutMs = 15_000;

/**
 * Calls webhooks. The address is judged when the connection is made, after the name was resolved: a name that resolves to
 * a public address first and to a private one then gets nowhere. Redirects are not followed.
 */
export function createWebhookCaller({ allowPrivate }: { readonly allowPrivate: boolean }): WebhookCaller {
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
    connect: { lookup: guarded, timeout: 10_000 },
    connections: 4,
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
    maxResponseSize: 64 * 1024,
  });
  return {
    async call(url, { body, headers }) {
      const { hostname, host } = new URL(url);
      const literal = hostname.replace(/^\[|\]$/g, '');
      if (!allowPrivate && ipaddr.isValid(literal) && !isPublic(literal)) {
        throw new ServiceError(
          'WEBHOOK_REFUSED',
          `the webhook's address ${host} is not public; WEBHOOK_ALLOW_PRIVATE=true lets it be called`,
        );
      }
      const status = await post(url, body, headers, dispatcher, host);
      if (status < 200 || status > 299) {
        const final = status === 410 || (status >= 300 && status < 400);
        throw new ServiceError(
          final ? 'WEBHOOK_REFUSED' : 'WEBHOOK_UNAVAILABLE',
          `the webhook ${host} answers ${status}`,
          { status },
        );
      }
    },
    close: () => dispatcher.close(),
  };
}

async function post(
  url: string,
  body: string,
  headers: Readonly<Record<string, string>>,
  dispatcher: Agent,
  host: string,
): Promise<number> {
  try {
    const answer = await request(url, {
      method: 'POST',
      body,
      headers,
      dispatcher,
      signal: AbortSignal.timeout(timeoutMs),
    });
    await answer.body.dump();
    return answer.statusCode;
  } catch (cause) {
    if (cause instanceof PrivateAddress) {
      throw new ServiceError(
        'WEBHOOK_REFUSED',
        `the webhook's name ${host} leads to no public address; WEBHOOK_ALLOW_PRIVATE=true lets it be called`,
        { cause },
      );
    }
    throw new ServiceError('WEBHOOK_UNAVAILABLE', `the webhook ${host} does not answer`, { cause });
  }
}

class PrivateAddress extends Error {
  override readonly name = 'PrivateAddress';
}

/** Unicast addresses of the public Internet; an IPv4 address inside an IPv6 one counts as what it is. */
function isPublic(address: string): boolean {
  return ipaddr.process(address).range() === 'unicast';
}
