import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';

import type { Withdrawing } from '../approvals/withdrawing.ts';
import { acceptedLanguage } from '../messages/i18n/translate.ts';
import { notFromPage } from './from-page.ts';
import { withdrawalPage } from './withdrawal-page.ts';

export interface WithdrawalRoutesDeps {
  readonly withdrawing: Withdrawing;
  readonly log: Logger;
  readonly fail: (request: FastifyRequest, reply: FastifyReply, status: number) => FastifyReply;
}

interface LinkRequest {
  Params: { token: string };
  Body: { nonce?: unknown } | undefined;
}

/**
 * The page behind the link with which people take their own request back. GET shows and changes nothing; POST withdraws,
 * and only with the nonce of the page.
 */
export function addWithdrawal(app: FastifyInstance, { withdrawing, log, fail }: WithdrawalRoutesDeps): void {
  app.get<LinkRequest>('/withdraw/:token', async (request, reply) =>
    show(request, reply, withdrawing, request.params.token),
  );

  app.post<LinkRequest>('/withdraw/:token', async (request, reply) => {
    const wrong = notFromPage(request);
    const { nonce } = request.body ?? {};
    if (wrong !== null || typeof nonce !== 'string') {
      return fail(request, reply, wrong ?? 403);
    }
    const { token } = request.params;
    const { id, state } = await withdrawing.withdraw(token, nonce);
    log.info({ approval: id, state, requestId: request.id }, 'withdrawal received');
    // Relative: the answer to a reload is a GET again, on whatever address the person came by.
    return state === 'withdrawn'
      ? reply.redirect(`/withdraw/${token}`, 303)
      : show(request, reply.code(409), withdrawing, token);
  });
}

async function show(
  request: FastifyRequest,
  reply: FastifyReply,
  withdrawing: Withdrawing,
  token: string,
): Promise<FastifyReply> {
  const view = await withdrawing.view(token);
  const language = acceptedLanguage(request.headers['accept-language']);
  return reply.type('text/html; charset=utf-8').send(withdrawalPage(view, language));
}
