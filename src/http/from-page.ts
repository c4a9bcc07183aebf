import type { FastifyRequest } from 'fastify';

/**
 * What is wrong with a request that should be a form sent by a page of this service, as a status; `null`: nothing. The
 * page's nonce is checked apart from this.
 */
export function notFromPage({ headers }: Pick<FastifyRequest, 'headers'>): 403 | 415 | null {
  if (headers['sec-fetch-site'] === 'cross-site') {
    return 403;
  }
  return /^application\/x-www-form-urlencoded/.test(headers['content-type'] ?? '') ? null : 415;
}
