import { randomBytes, timingSafeEqual } from 'node:crypto';

import formbody from '@fastify/formbody';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

import type { Review, Reviewed } from '../approvals/review.ts';
import { macOver } from '../platform/mac.ts';
import { isBrowser } from './answers.ts';
import { type NonceFor, reviewPage } from './review-page.ts';

export interface ReviewDeps {
  readonly review: () => Promise<Review>;
  /** Has what follows a decision tried again. `false`: there was nothing to try again. */
  readonly retry: (id: string) => Promise<boolean>;
}

interface RetryRequest {
  Body: { id?: unknown; nonce?: unknown } | undefined;
}

const loopback = /^(127(\.\d+){3}|::1|::ffff:127(\.\d+){3})$/;

/**
 * The page on which operators see requests, and have one tried again. It has no login, so it answers this machine alone,
 * wherever else the port listens.
 * @param isLocalHost whether a request names this machine as its host
 */
export function addReview(
  app: FastifyInstance,
  deps: ReviewDeps,
  isLocalHost: (request: FastifyRequest) => boolean,
): void {
  const key = randomBytes(32);
  const nonceFor = (id: string): string => macOver(key, ['vestibule review', id]).toString('base64url');
  const ofRequest: NonceFor = ({ approval }) => nonceFor(approval.id);
  const isFromHere = (request: FastifyRequest): boolean =>
    isLocalHost(request) && loopback.test(request.socket.remoteAddress ?? '') && !isBrought(request);

  app.register(formbody);
  app.get('/review', async (request, reply) => {
    if (!isFromHere(request)) {
      return refuse(reply);
    }
    const seen = await deps.review();
    return isBrowser(request)
      ? reply.type('text/html; charset=utf-8').send(reviewPage(seen, ofRequest, Date.now()))
      : { requests: seen.requests.map(inShort), more: seen.more };
  });
  app.post<RetryRequest>('/review/retry', async (request, reply) => {
    const { id, nonce } = request.body ?? {};
    if (!isFromHere(request) || !isSameOrigin(request) || typeof id !== 'string' || !isSame(nonce, nonceFor(id))) {
      return refuse(reply);
    }
    await deps.retry(id);
    return reply.redirect('/review', 303);
  });
}

function refuse(reply: FastifyReply): FastifyReply {
  return reply.code(403).send({ error: 'only the page itself, opened on this machine, may do this' });
}

/** A proxy on this machine brings requests from elsewhere. Most say so. */
function isBrought({ headers }: FastifyRequest): boolean {
  return ['x-forwarded-for', 'x-forwarded-host', 'x-real-ip', 'forwarded', 'via'].some((name) => name in headers);
}

/**
 * A browser says where a form comes from; what says nothing of it is no browser. Of our own page the origin is `null`, as
 * the page sends no referrer.
 */
function isSameOrigin({ headers }: FastifyRequest): boolean {
  const { host = '', origin, 'sec-fetch-site': site } = headers;
  return site === undefined ? origin === undefined || origin === `http://${host}` : site === 'same-origin';
}

function isSame(given: unknown, wanted: string): boolean {
  const [left, right] = [Buffer.from(typeof given === 'string' ? given : ''), Buffer.from(wanted)];
  return left.length === right.length && timingSafeEqual(left, right);
}

/** For programs, in ids. */
function inShort({ approval, standing, trouble, unsent }: Reviewed): object {
  const { id, realm, clientId, userId, state, askedAt, expiresAt, need, votes } = approval;
  const yes = votes.filter(({ verdict }) => verdict === 'approve').length;
  return { id, standing, realm, clientId, userId, state, askedAt, expiresAt, votes: yes, need, trouble, unsent };
}
