import { STATUS_CODES } from 'node:http';

import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import type { Registry } from 'prom-client';

import { html, type Html } from '../messages/html.ts';
import { answersOf, isBrowser, securityHeaders } from './answers.ts';
import { patienceMs, slowClientLimits } from './slow-clients.ts';

export interface Check {
  readonly ok: boolean;
  readonly detail?: string;
}

export interface OpsAppDeps {
  readonly checks: () => Promise<Readonly<Record<string, Check>>>;
  readonly registry: Registry;
  /** Jobs by queue and state. */
  readonly queues: () => Promise<Readonly<Record<string, Readonly<Record<string, number>>>>>;
  /** Bound to loopback: then a request for another host is a web page's trick, not an operator. */
  readonly loopback: boolean;
}

const localHosts = /^(localhost|127(\.\d+){3}|\[::1\])(:\d+)?$/;

const headers = securityHeaders("'unsafe-inline'");

/** Health and metrics, for operators and their machines. */
export function buildOpsApp({ checks, registry, queues, loopback }: OpsAppDeps): FastifyInstance {
  const app = fastify({
    ...answersOf({ headers, fail, page: faultPage }),
    bodyLimit: 1_024,
    ...slowClientLimits(patienceMs),
  });
  app.addHook('onRequest', async (request, reply) => {
    reply.headers(headers);
    if (loopback && !localHosts.test(request.headers.host ?? '')) {
      return reply.code(403).send({ error: 'this address answers for localhost only' });
    }
    return undefined;
  });

  /** Alive: says nothing about the systems behind, for a restart would not bring them back. */
  app.get('/healthz', async () => ({ status: 'ok' }));

  app.get('/readyz', async (_request, reply) => {
    const results = await checks();
    const ready = Object.values(results).every(({ ok }) => ok);
    return reply.code(ready ? 200 : 503).send({ status: ready ? 'ready' : 'not ready', checks: results });
  });

  app.get('/metrics', async (_request, reply) => reply.type(registry.contentType).send(await registry.metrics()));

  app.get('/queues', async (request, reply) => {
    const counts = await queues();
    if (!isBrowser(request)) {
      return counts;
    }
    return reply.type('text/html; charset=utf-8').send(queuesPage(counts));
  });
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

function fail(request: FastifyRequest, reply: FastifyReply, status: number, message?: string): FastifyReply {
  return isBrowser(request)
    ? reply.code(status).type('text/html; charset=utf-8').send(faultPage(status))
    : reply.code(status).send({ error: STATUS_CODES[status], message });
}

function queuesPage(counts: Readonly<Record<string, Readonly<Record<string, number>>>>): string {
  const states = Object.keys(Object.values(counts)[0] ?? {});
  const table = html`<div class="wide">
    <table>
      <thead>
        <tr>
          <th>Queue</th>
          ${states.map((state) => html`<th>${state}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${Object.entries(counts).map(
          ([queue, byState]) =>
            html`<tr>
              <th>${queue}</th>
              ${states.map((state) => html`<td>${byState[state] ?? 0}</td>`)}
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
  return opsPage('Queues', table, html`<meta http-equiv="refresh" content="2" />`);
}

function faultPage(status: number): string {
  return opsPage(`${status} ${STATUS_CODES[status]}`, html`<p>Here are /healthz, /readyz, /metrics and /queues.</p>`);
}

function opsPage(title: string, body: Html, head: Html | null = null): string {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <title>${title}</title>
        <meta name="viewport" content="width=device-width,initial-scale=1" />
        ${head}
        <style>
          :root {
            color-scheme: light dark;
          }
          body {
            background: Canvas;
            color: CanvasText;
            font:
              16px/1.5 system-ui,
              sans-serif;
            max-width: 48rem;
            margin: 2rem auto;
            padding: 0 1rem;
          }
          .wide {
            overflow-x: auto;
          }
          table {
            border-collapse: collapse;
            width: 100%;
          }
          th,
          td {
            padding: 0.5rem 0.8rem;
            text-align: right;
            border-bottom: 1px solid #8884;
            font-variant-numeric: tabular-nums;
          }
          th:first-child {
            text-align: left;
          }
          thead th {
            font-weight: 600;
            opacity: 0.7;
          }
        </style>
      </head>
      <body>
        <h1>${title}</h1>
        ${body}
      </body>
    </html>`.markup;
}
