import { randomUUID } from 'node:crypto';

import formbody from '@fastify/formbody';
import rateLimit from '@fastify/rate-limit';
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import type { Logger } from 'pino';

import type { Delegation } from '../approvals/delegate.ts';
import type { RetryByLink } from '../approvals/retry.ts';
import { reasonOf } from '../approvals/reason.ts';
import type { ApprovalView, Press, Voting } from '../approvals/voting.ts';
import type { Withdrawing } from '../approvals/withdrawing.ts';
import { ServiceError } from '../platform/errors.ts';
import { acceptedLanguage } from '../messages/i18n/translate.ts';
import { answersOf, refuseAsNodeDoes, securityHeaders } from './answers.ts';
import { clientAddress, countedAddress } from './client-address.ts';
import { addDelegatePages } from './delegate.ts';
import { notFromPage } from './from-page.ts';
import { approvalPage, errorPage, type NotCounted } from './pages.ts';
import { namedOf, type ShownNames } from './shown-names.ts';
import { patienceMs, slowClientLimits } from './slow-clients.ts';
import { style } from './style.ts';
import { addWithdrawal } from './withdraw.ts';

export interface ApprovalsAppDeps {
  readonly voting: Voting;
  readonly names: ShownNames;
  /** For the people who registered. Absent: there is no such page. */
  readonly withdrawing?: Withdrawing;
  /** Without it, no question is handed over. */
  readonly delegation?: Delegation;
  /** For approvers who want tried again what was given up. Absent: nobody may. */
  readonly retry?: RetryByLink | undefined;
  readonly log: Logger;
  readonly now: () => number;
  /** Addresses or ranges of the proxies whose X-Forwarded-For is believed. */
  readonly trustedProxies: readonly string[];
  /** Links that are not valid, per address and minute, before the address has to wait. */
  readonly badLinksPerMinute?: number;
  /** How long a client may take to send its request, in ms. */
  readonly requestMs?: number;
}

interface LinkRequest {
  Params: { token: string };
  Querystring: { mailed?: unknown };
  Body: Readonly<Record<string, unknown>> | undefined;
}

const headers = securityHeaders("'self'");

/**
 * The pages for approvers. GET shows and changes nothing, so that a mail scanner which opens every link decides nothing;
 * POST decides, and only with the nonce of the page it comes from.
 */
export async function buildApprovalsApp(deps: ApprovalsAppDeps): Promise<FastifyInstance> {
  const { voting, withdrawing, delegation, log, trustedProxies, badLinksPerMinute = 30, requestMs = patienceMs } = deps;
  const app = fastify({
    ...slowClientLimits(requestMs),
    trustProxy: trustedProxies.length > 0 && [...trustedProxies],
    ...answersOf({ headers, fail, page: (status, id) => errorPage(status, id, 'en') }),
    bodyLimit: 10_240,
    genReqId: () => randomUUID(),
    exposeHeadRoutes: true,
    routerOptions: { maxParamLength: 256 },
  });
  app.addHook('onRequest', async (_request, reply) => void reply.headers(headers));
  refuseAsNodeDoes(app, fail);
  await app.register(formbody);
  await app.register(rateLimit, { global: false });
  const limited = app.createRateLimit({ max: badLinksPerMinute, timeWindow: 60_000, keyGenerator: countedAddress });

  app.get('/assets/style.css', async (_request, reply) =>
    reply.type('text/css').header('cache-control', 'public, max-age=3600').send(style),
  );

  app.get<LinkRequest>('/approvals/:token', async (request, reply) => {
    const { mailed } = request.query;
    const view = await voting.view(request.params.token, typeof mailed === 'string' ? mailed : undefined);
    return show(deps, request, reply, view);
  });

  app.post<LinkRequest>('/approvals/:token', (request, reply) => press(request, reply, deps));

  if (withdrawing !== undefined) {
    addWithdrawal(app, { withdrawing, log, fail });
  }
  if (delegation !== undefined) {
    addDelegatePages(app, { delegation, log, fail });
  }

  app.setNotFoundHandler((request, reply) =>
    fail(request, reply, request.method === 'GET' || request.method === 'HEAD' ? 404 : 405),
  );
  app.setErrorHandler(async (error, request, reply) => {
    const status = statusOf(error);
    if (status === 404 && (await tooMany(request))) {
      return fail(request, reply.header('retry-after', '60'), 429);
    }
    if (status >= 500) {
      const code = error instanceof ServiceError ? error.code : undefined;
      log.error(
        { requestId: request.id, code, err: error instanceof Error ? error.message : 'unknown' },
        'approval page failed',
      );
    }
    return fail(request, reply, status);
  });
  return app;

  async function tooMany(request: FastifyRequest): Promise<boolean> {
    const state = await limited(request);
    return !state.isAllowed && state.isExceeded;
  }
}

/** The page, named by what it shows, or by what this browser was shown before. */
function show(
  { names, now }: Pick<ApprovalsAppDeps, 'names' | 'now'>,
  request: FastifyRequest<LinkRequest>,
  reply: FastifyReply,
  view: ApprovalView,
  notCounted?: NotCounted,
): FastifyReply {
  const { approval, person } = view;
  const here = person.kind === 'here' ? namedOf(person.user) : null;
  const path = `/approvals/${request.params.token}`;
  const cookie = here === null ? null : names.cookieFor(path, approval, here, now());
  if (cookie !== null) {
    void reply.header('set-cookie', cookie);
  }
  const named = here ?? names.named(request.headers.cookie, approval);
  const body = approvalPage(view, { language: languageOf(request), named, ...(notCounted && { notCounted }) });
  return reply.type('text/html; charset=utf-8').send(body);
}

/** A press of a button: one vote, if it counts. */
async function press(
  request: FastifyRequest<LinkRequest>,
  reply: FastifyReply,
  deps: ApprovalsAppDeps,
): Promise<FastifyReply> {
  const { voting, retry, log } = deps;
  const wrong = notFromPage(request);
  if (wrong !== null) {
    return fail(request, reply, wrong);
  }
  const { token } = request.params;
  const { decision, nonce } = request.body ?? {};
  if (retry !== undefined && decision === 'retry' && typeof nonce === 'string') {
    const { id } = await retry(token, nonce);
    log.info({ approval: id, requestId: request.id }, 'an approver has an outcome tried again');
    return reply.redirect(`/approvals/${token}`, 303);
  }
  const sent = formOf(request.body);
  if (sent === null) {
    return fail(request, reply, 403);
  }
  const { verdict, tellReason } = sent;
  const from = { ip: clientAddress(request), userAgent: request.headers['user-agent']?.slice(0, 200) ?? null };
  const pressed = await voting.decide(token, { ...sent, ...from });
  if (pressed.kind !== 'counted') {
    log.info({ approval: pressed.view.approval.id, because: pressed.kind, requestId: request.id }, 'press not counted');
    const typed = { verdict, tellReason, ...reasonOf(verdict, sent.reason) };
    return show(deps, request, reply.code(409), pressed.view, { pressed, typed });
  }
  const { approval, recorded } = pressed;
  log.info({ approval: approval.id, state: approval.state, recorded, requestId: request.id }, 'vote received');
  // Relative: the answer to a reload is a GET again, on whatever address the approver came by.
  return reply.redirect(`/approvals/${token}`, 303);
}

type Form = Required<Pick<Press, 'shown' | 'nonce' | 'verdict' | 'reason' | 'tellReason'>>;

/** The fields of the page's form. `null`: it comes from no form of the page. */
function formOf(body: LinkRequest['Body'] = {}): Form | null {
  const { decision, shown, nonce, reason = '', 'tell-reason': tell = '' } = body;
  if (decision !== 'approve' && decision !== 'reject') {
    return null;
  }
  const areTexts = isText(shown) && isText(nonce) && isText(reason) && isText(tell);
  return areTexts ? { verdict: decision, shown, nonce, reason, tellReason: tell === 'yes' } : null;
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

function fail(request: FastifyRequest, reply: FastifyReply, status: number): FastifyReply {
  return reply
    .code(status)
    .type('text/html; charset=utf-8')
    .send(errorPage(status, request.id, languageOf(request)));
}

function statusOf(error: unknown): number {
  if (error instanceof ServiceError) {
    return error.httpStatus;
  }
  const { statusCode } = error as { statusCode?: number };
  return statusCode !== undefined && statusCode >= 400 && statusCode < 500 ? statusCode : 500;
}

function languageOf(request: FastifyRequest) {
  return acceptedLanguage(request.headers['accept-language']);
}
