import { randomUUID } from 'node:crypto';
import { type IncomingMessage, type Server, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

/**
 * On every answer, faults too. The token stands in the page's address: no page that is linked from here may learn it.
 * @param styles where a page's style may come from
 */
export function securityHeaders(styles: "'self'" | "'unsafe-inline'") {
  return {
    'content-security-policy': `default-src 'none'; style-src ${styles}; form-action 'self'; frame-ancestors 'none'; base-uri 'none'`,
    'referrer-policy': 'no-referrer',
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    'strict-transport-security': 'max-age=31536000',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'x-robots-tag': 'noindex, nofollow',
  };
}

interface Answers {
  readonly headers: Readonly<Record<string, string>>;
  /** Answers a request that found no handler. */
  readonly fail: (request: FastifyRequest, reply: FastifyReply, status: number) => FastifyReply;
  /** The page for a request that could not even be read, so nobody knows its language. */
  readonly page: (status: number, id: string) => string;
}

/** Settings for Fastify, so that what its router and Node's HTTP parser refuse is answered as everything else is. */
export function answersOf({ headers, fail, page }: Answers) {
  return {
    // Hooks do not run for these. An address that is too long for the router is no page of ours.
    frameworkErrors: (error: { statusCode?: number }, request: FastifyRequest, reply: FastifyReply) =>
      void fail(request, reply.headers(headers), error.statusCode === 414 ? 404 : (error.statusCode ?? 400)),
    clientErrorHandler(this: Server, error: NodeJS.ErrnoException, socket: Socket) {
      if (error.code === 'ECONNRESET' || !socket.writable) {
        socket.destroy();
        return;
      }
      const status = unreadable[error.code ?? ''] ?? 400;
      const body = page(status, randomUUID());
      const lines = {
        ...headers,
        'content-type': 'text/html; charset=utf-8',
        'content-length': String(Buffer.byteLength(body)),
        connection: 'close',
      };
      const head = Object.entries(lines).map(([name, value]) => `${name}: ${value}`);
      socket.end([`HTTP/1.1 ${status} ${STATUS_CODES[status]}`, ...head, '', body].join('\r\n'));
    },
  };
}

/**
 * Node would refuse two kinds of requests by itself, without any of our headers: those without a host, and those with an
 * expectation that it does not know. `requireHostHeader` of `slowClientLimits` lets the first kind come here.
 */
export function refuseAsNodeDoes(app: FastifyInstance, fail: Answers['fail']): void {
  app.server.on('checkExpectation', (request, response) => app.server.emit('request', request, response));
  app.addHook('onRequest', async (request, reply) => {
    const { host, expect } = request.headers;
    if (host === undefined && request.raw.httpVersion === '1.1') {
      return fail(request, reply, 400);
    }
    return expect === undefined || /^100-continue$/i.test(expect) ? undefined : fail(request, reply, 417);
  });
}

const unreadable: Readonly<Record<string, number>> = { HPE_HEADER_OVERFLOW: 431, ERR_HTTP_REQUEST_TIMEOUT: 408 };

/** Whether a person looks, with a browser, or a program. */
export function isBrowser({ headers }: Pick<IncomingMessage, 'headers'>): boolean {
  return (headers.accept ?? '').includes('text/html');
}
