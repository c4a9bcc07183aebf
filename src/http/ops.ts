import { STATUS_CODES } from 'node:http';

import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import type { Registry } from 'prom-client';

import { answersOf, isBrowser, refuseAsNodeDoes, securityHeaders } from './answers.ts';
import { faultPage, type QueueCounts, queuesPage, queuesScript } from './ops-pages.ts';
import { addReview, type ReviewDeps } from './review.ts';
import { patienceMs, slowClientLimits } from './slow-clients.ts';

export interface Check {
  /** False takes the instance out of service. */
  readonly ok: boolean;
  /** An operator should look. The instance does its work, and no other one would do it better. */
  readonly attention?: true;
  readonly detail?: string;
}

export interface OpsAppDeps {
  readonly checks: () => Promise<Readonly<Record<string, Check>>>;
  readonly registry: Registry;
  /** Jobs by queue and state. */
  readonly queues: () => Promise<QueueCounts>;
  readonly review: ReviewDeps;
  /** Bound to loopback: then a request for another host is a web page's trick, not an operator. */
  readonly loopback: boolean;
}

const localHosts = /^(localhost|127(\.\d+){3}|\[::1\])(:\d+)?$/;

const headers = securityHeaders("'unsafe-inline'");

/** The page of the queues asks for the numbers again, by a script of ours. */
const livePolicy = `${headers['content-security-policy']}; script-src 'self'; connect-src 'self'`;

/** Health and metrics, for operators and their machines. */
export function buildOpsApp({ checks, registry, queues, review, loopback }: OpsAppDeps): FastifyInstance {
  const app = fastify({
    ...answersOf({ headers, fail, page: faultPage }),
    bodyLimit: 1_024,
    ...slowClientLimits(patienceMs),
  });
  app.addHook('onRequest', async (request, reply) => {
    reply.headers(headers);
    if (loopback && !isLocalHost(request)) {
      return reply.code(403).send({ error: 'this address answers for localhost only' });
    }
    return undefined;
  });
  refuseAsNodeDoes(app, fail);

  /** Alive: says nothing about the systems behind, for a restart would not bring them back. */
  app.get('/healthz', async () => ({ status: 'ok' }));

  app.get('/readyz', async (_request, reply) => {
    const results = await checks();
    const ready = Object.values(results).every(({ ok }) => ok);
    const attention = Object.values(results).some((check) => check.attention === true);
    const status = ready ? (attention ? 'ready, needs attention' : 'ready') : 'not ready';
    return reply.code(ready ? 200 : 503).send({ status, checks: results });
  });

  app.get('/metrics', async (_request, reply) => reply.type(registry.contentType).send(await registry.metrics()));

  app.get('/queues', async (request, reply) => {
    const counts = await queues();
    if (!isBrowser(request)) {
      return counts;
    }
    return reply
      .header('content-security-policy', livePolicy)
      .type('text/html; charset=utf-8')
      .send(queuesPage(counts, new Date()));
  });

  app.get('/queues.js', async (_request, reply) => reply.type('text/javascript; charset=utf-8').send(queuesScript));

  addReview(app, review, isLocalHost);

  app.setNotFoundHandler((request, reply) => fail(request, reply, 404));
  app.setErrorHandler((error, request, reply) => {
    const { statusCode = 500 } = error as { statusCode?: number };
    return fail(
      request,
      reply,
      statusCode < 400 ? 500 : statusCode,
      error instanceof Error ? error.message : undefined,
    );
  });
  return app;
}

function isLocalHost({ headers: { host = '' } }: FastifyRequest): boolean {
  return localHosts.test(host);
}

function fail(request: FastifyRequest, reply: FastifyReply, status: number, message?: string): FastifyReply {
  return isBrowser(request)
    ? reply.code(status).type('text/html; charset=utf-8').send(faultPage(status))
    : reply.code(status).send({ error: STATUS_CODES[status], message });
}
