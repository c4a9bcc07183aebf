import { consequences } from '../approval/consequences.ts';
import type { ApprovalView } from '../approval/desk.ts';
import { type Fact, factsFor } from '../approval/facts.ts';
import { html, type Html } from '../html.ts';
import type { Message } from '../i18n/en.ts';
import { formatTime, type Language, type Translate, translator } from '../i18n/translate.ts';
import { oneLine } from '../typed.ts';

/** The page behind an approver's link: the question while it is open, the outcome after. No script, nothing fetched but the style. */
export function approvalPage(view: ApprovalView, language: Language): string {
  const t = translator(language);
  const { approval, user } = view;
  const title = t('page.title', { application: oneLine(approval.application, 100) });
  const { known, typed } = factsFor(approval, user, language, t);
  const facts = html`${
    typed.length === 0
      ? null
      : html`<p class="note">${t('ask.typed')}</p>
          ${list(typed, 'typed')}`
  }${list(known, 'known')}`;
  return page(
    language,
    title,
    html`${state(view, language, t)}${facts}${mayVote(view) ? choices(view, language, t) : null}`,
  );
}

export function errorPage(status: number, id: string, language: Language): string {
  const t = translator(language);
  const known = [403, 404, 410, 413, 415, 429, 503].includes(status) ? status : 500;
  const title = t(`error.title.${known}` as Message);
  return page(
    language,
    title,
    html`<p>${t(`error.body.${known}` as Message)}</p>
      <p class="note">${t('error.id', { id })}</p>`,
  );
}

function mayVote({ approval, approver, user }: ApprovalView): boolean {
  return approval.state === 'waiting' && user !== null && !approval.votes.some((vote) => vote.approver === approver);
}

function state({ approval, approver, user }: ApprovalView, language: Language, t: Translate): Html {
  if (approval.state === 'waiting') {
    if (user === null) {
      return outcome('overtaken', t('page.overtaken'));
    }
    const yes = approval.votes.filter(({ verdict }) => verdict === 'approve').length;
    const votes = approval.need > 1 ? html`<p>${t('page.votes', { count: yes, need: approval.need })}</p>` : null;
    const voted = approval.votes.some((vote) => vote.approver === approver);
    const date = formatTime(language, approval.expiresAt);
    return html`${voted ? outcome('approved', t('page.voted')) : html`<p>${t('ask.intro', { application: oneLine(approval.application, 100) })} ${t('ask.until', { date })}</p>`}${votes}`;
  }
  const last = approval.votes.at(-1);
  const who = last?.approver === approver ? t('page.you') : (last?.approver ?? '');
  const date = formatTime(language, approval.decidedAt ?? approval.expiresAt);
  return html`${outcome(approval.state, t(`page.${approval.state}`, { who, date }))}
    <p>${t(approval.settled ? 'page.settled' : 'page.settling')} ${t('page.close')}</p>`;
}

function outcome(kind: string, text: string): Html {
  return html`<p class="outcome ${kind}" role="status">${text}</p>`;
}

function choices({ approval, nonce }: ApprovalView, language: Language, t: Translate): Html {
  const choice = (verdict: 'approve' | 'reject'): Html => {
    const effects = consequences(approval, verdict, language, t);
    const lines = effects.length === 0 ? [t('then.nothing')] : effects;
    // A form without an address posts to the page itself, so the token stands nowhere in the page.
    return html`<form class="choice" method="post">
      <h2>${t(`then.${verdict}`)}</h2>
      <ul>
        ${lines.map((line) => html`<li>${line}</li>`)}
      </ul>
      <input type="hidden" name="nonce" value="${nonce}" /><button
        class="${verdict}"
        name="decision"
        value="${verdict}"
      >
        ${t(`page.${verdict}`)}
      </button>
    </form>`;
  };
  return html`<div class="choices">${choice('approve')}${choice('reject')}</div>`;
}

function list(facts: readonly Fact[], kind: string): Html {
  return html`<dl class="${kind}">
    ${facts.map(
      ({ label, value }) =>
        html`<dt>${label}</dt>
          <dd><bdi>${value}</bdi></dd>`,
    )}
  </dl>`;
}

function page(language: Language, title: string, body: Html): string {
  return html`<!doctype html>
    <html lang="${language}">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width,initial-scale=1" />
        <title>${title}</title>
        <link rel="stylesheet" href="/assets/style.css" />
      </head>
      <body>
        <main>
          <h1>${title}</h1>
          ${body}
        </main>
      </body>
    </html>`.markup;
}
