import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';

import type { Colleague, DelegateView, Delegation } from '../approvals/delegate.ts';
import { html, type Html } from '../messages/html.ts';
import { acceptedLanguage, formatTime, type Language, type Translate, translator } from '../messages/i18n/translate.ts';
import { oneLine } from '../platform/safe-text.ts';
import { notFromPage } from './from-page.ts';
import { alert, outcome, page } from './page.ts';

export interface DelegatePagesDeps {
  readonly delegation: Delegation;
  readonly log: Pick<Logger, 'info'>;
  readonly fail: (request: FastifyRequest, reply: FastifyReply, status: number) => FastifyReply;
}

interface DelegateRequest {
  Params: { token: string };
  Body: Readonly<Record<string, unknown>> | undefined;
}

/** The pages behind `/delegate` of an approver's link. GET changes nothing; POST asks once more before it does. */
export function addDelegatePages(app: FastifyInstance, { delegation, log, fail }: DelegatePagesDeps): void {
  app.get<DelegateRequest>('/approvals/:token/delegate', async (request, reply) =>
    show(request, reply, await delegation.view(request.params.token)),
  );

  app.post<DelegateRequest>('/approvals/:token/delegate', async (request, reply) => {
    const { token } = request.params;
    const { to, nonce, sure } = request.body ?? {};
    const wrong = notFromPage(request);
    if (wrong !== null || typeof to !== 'string' || typeof nonce !== 'string') {
      return fail(request, reply, wrong ?? 403);
    }
    if (sure !== 'yes') {
      return show(request, reply, await delegation.choose(token, { to, nonce }));
    }
    const view = await delegation.confirm(token, { to, nonce });
    if (view.kind !== 'done') {
      return show(request, reply.code(409), view);
    }
    log.info({ approval: view.approval.id, requestId: request.id }, 'question handed over');
    // Relative: the answer to a reload is a GET again, on whatever address the approver came by.
    return reply.redirect(`/approvals/${token}/delegate`, 303);
  });
}

function show(request: FastifyRequest<DelegateRequest>, reply: FastifyReply, view: DelegateView): FastifyReply {
  const language = acceptedLanguage(request.headers['accept-language']);
  return reply.type('text/html; charset=utf-8').send(delegatePage(view, request.params.token, language));
}

function delegatePage(view: DelegateView, token: string, language: Language): string {
  const t = translator(language);
  const application = oneLine(view.approval.application, 100);
  const title = t(view.kind === 'done' ? 'delegate.title.done' : 'delegate.title', { application });
  const back = html`<p><a href="/approvals/${token}">${t('delegate.back')}</a></p>`;
  return page({ language, title, body: html`${bodyOf(view, language, t)}${back}` });
}

function bodyOf(view: DelegateView, language: Language, t: Translate): Html {
  switch (view.kind) {
    case 'choose':
      return view.colleagues.length === 0
        ? outcome('own', t('delegate.nobody'))
        : choices(view.colleagues, view.nonce, t);
    case 'confirm': {
      const name = nameOf(view.colleague);
      return html`${alert(t('delegate.sure', { name }))}
        <form class="choice" method="post">
          <input type="hidden" name="to" value="${view.colleague.userId}" />
          <input type="hidden" name="nonce" value="${view.nonce}" />
          <button class="approve" name="sure" value="yes">
            ${t('delegate.confirm', { name: oneLine(view.colleague.name, 60) })}
          </button>
        </form>`;
    }
    case 'done':
      return outcome('recording', t('delegate.done', { to: view.to, date: formatTime(language, view.at, view.zone) }));
    case 'cannot':
      return outcome('own', t(`delegate.cannot.${view.because}`));
  }
}

function choices(colleagues: readonly Colleague[], nonce: string, t: Translate): Html {
  return html`<p>${t('delegate.intro')}</p>
    <form class="choice" method="post">
      <ul class="colleagues">
        ${colleagues.map(
          (colleague) =>
            html`<li>
              <label>
                <input type="radio" name="to" value="${colleague.userId}" required />
                <bdi>${nameOf(colleague)}</bdi>
              </label>
            </li>`,
        )}
      </ul>
      <input type="hidden" name="nonce" value="${nonce}" />
      <button class="approve">${t('delegate.next')}</button>
    </form>`;
}

/** The address says which of two people of one name it is. */
function nameOf({ name, address }: Colleague): string {
  const called = oneLine(name, 60);
  return called.toLowerCase() === address ? address : `${called} (${oneLine(address, 100)})`;
}
