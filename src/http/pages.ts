import { consequences } from '../messages/consequences.ts';
import type { Recent } from '../approvals/recent.ts';
import { type ApprovalView, type PersonView, type Pressed, voteOf } from '../approvals/voting.ts';
import { type Fact, factsFor } from '../messages/facts.ts';
import { html, type Html } from '../messages/html.ts';
import type { Message } from '../messages/i18n/en.ts';
import { formatTime, type Language, type Translate, translator } from '../messages/i18n/translate.ts';
import { oneLine } from '../platform/safe-text.ts';
import { troubleOf } from './trouble.ts';
import { alert, outcome, page } from './page.ts';

/** What a press that was not counted came to. */
type NotCounted = Exclude<Pressed, { kind: 'counted' }>;

/**
 * The page behind an approver's link: the question while it is open, and only the outcome after. No script, nothing
 * fetched but the style.
 */
export function approvalPage(view: ApprovalView, language: Language, notCounted: NotCounted | null = null): string {
  const t = translator(language);
  const title = t('page.title', { application: oneLine(view.approval.application, 100) });
  const notice = notCounted === null ? null : noticeOf(notCounted, language, t);
  const question = view.approval.state === 'waiting' && view.person.kind !== 'gone';
  const body = html`${notice}${question ? open(view, language, t) : ended(view, language, t)}`;
  return page({ language, title, body });
}

export function errorPage(status: number, id: string, language: Language): string {
  const t = translator(language);
  const known = [400, 403, 404, 405, 410, 413, 415, 429, 503].includes(status) ? status : status < 500 ? 400 : 500;
  const title = t(`error.title.${known}` as Message);
  const body = html`<p>${t(`error.body.${known}` as Message)}</p>
    <p class="note">${t('error.id', { id })}</p>`;
  return page({ language, title, body });
}

function recentOf(person: PersonView): Recent {
  return (person.kind === 'here' ? person.recent : undefined) ?? { fromAddress: null };
}

function noticeOf(pressed: NotCounted, language: Language, t: Translate): Html | null {
  if (pressed.kind === 'changed') {
    const names = pressed.fields.map((field) => t(`shown.${field}`));
    const fields = new Intl.ListFormat(language, { type: 'conjunction' }).format(names);
    return alert(t('page.changed', { fields }));
  }
  if (pressed.kind !== 'late') {
    return null;
  }
  const { approval, approver } = pressed.view;
  const own = voteOf(approval, approver);
  return alert(
    own === undefined
      ? t('page.late.others')
      : t('page.late.own', { verdict: t(`page.${own.verdict}`), date: formatTime(language, own.at) }),
  );
}

/** Still to be decided, by this approver or by others. */
function open(view: ApprovalView, language: Language, t: Translate): Html {
  const { approval, approver, person } = view;
  const user = person.kind === 'here' ? person.user : null;
  const own = person.kind === 'here' && person.own;
  const voted = voteOf(approval, approver);
  const { known, typed } = factsFor(approval, user, recentOf(person), language, t);
  const facts = html`${
    typed.length === 0
      ? html`<p class="note">${t('page.unread')}</p>`
      : html`<p class="note">${t('ask.typed')}</p>
          ${list(typed, 'typed')}`
  }${list(known, 'known')}`;
  const yes = approval.votes.filter(({ verdict }) => verdict === 'approve').length;
  const votes = approval.need > 1 ? html`<p>${t('page.votes', { count: yes, need: approval.need })}</p>` : null;
  const again = approval.reopenedAt === undefined || voted ? null : html`<p>${t('page.reopened')}</p>`;
  const mayVote = user !== null && !own && voted === undefined;
  const date = formatTime(language, approval.expiresAt);
  const head =
    voted !== undefined && !view.recorded
      ? recording(view, language, t)
      : voted !== undefined
        ? outcome(
            voted.verdict === 'approve' ? 'approved' : 'rejected',
            t('page.voted', { verdict: t(`page.${voted.verdict}`), date: formatTime(language, voted.at) }),
          )
        : own
          ? outcome('own', t('page.own'))
          : html`<p>
              ${t('ask.intro', { application: oneLine(approval.application, 100) })} ${t('ask.until', { date })}
            </p>`;
  return html`${head}${again}${votes}${mayVote ? sinceMail(view, t) : null}${found(view, t)}${facts}${mayVote ? choices(view, language, t) : null}`;
}

/** Approvers may have read the mail only: what is decided is what the page shows. */
function sinceMail({ changedSinceMail }: ApprovalView, t: Translate): Html | null {
  return changedSinceMail === true ? alert(t('page.changed.mail')) : null;
}

/** What was found out about the account that approvers should know before they decide. */
function found({ approval, person }: ApprovalView, t: Translate): Html | null {
  if (person.kind !== 'here') {
    return null;
  }
  if (person.stays !== null) {
    return alert(t(`page.disabled.${person.stays}`));
  }
  return person.user.enabled && approval.heldAccount ? alert(t('page.enabled')) : null;
}

function ended(view: ApprovalView, language: Language, t: Translate): Html {
  return view.recorded ? closed(view, language, t) : recording(view, language, t);
}

/** Received, and not safe yet: the page claims no outcome. */
function recording({ approval, approver }: ApprovalView, language: Language, t: Translate): Html {
  const own = voteOf(approval, approver);
  return outcome(
    'recording',
    own === undefined
      ? t('page.recording')
      : t('page.received', { verdict: t(`page.${own.verdict}`), date: formatTime(language, own.at) }),
  );
}

/** Decided, or nothing left to decide. Links live on for long, so nothing of the person is shown. */
function closed(view: ApprovalView, language: Language, t: Translate): Html {
  const { approval, approver } = view;
  if (approval.state === 'waiting') {
    return outcome('obsolete', t('page.obsolete'));
  }
  const last = approval.votes.at(-1);
  const who = last?.approver === approver ? t('page.you') : (last?.approver ?? '');
  const date = formatTime(language, approval.decidedAt ?? approval.expiresAt);
  const stays = approval.staysDisabled;
  const trouble = troubleOf(view, language, t);
  return html`${outcome(approval.state, t(`page.${approval.state}`, { who, date }))}
    ${stays === undefined ? null : alert(t(`page.stays.${stays}`))}${trouble}
    <p>
      ${trouble !== null || (approval.settled && stays !== undefined) ? null : t(approval.settled ? 'page.settled' : 'page.settling')}
      ${t('page.close')}
    </p>`;
}

function choices({ approval, nonce, person, shown }: ApprovalView, language: Language, t: Translate): Html {
  const choice = (verdict: 'approve' | 'reject'): Html => {
    const stays = person.kind === 'here' && person.stays !== null;
    const effects = consequences(approval, verdict, language, t, stays);
    const lines = effects.length === 0 ? [t('then.nothing')] : effects;
    // A form without an address posts to the page itself, so the token stands nowhere in the page.
    return html`<form class="choice" method="post">
      <h2>${t(`then.${verdict}`)}</h2>
      <ul>
        ${lines.map((line) => html`<li>${line}</li>`)}
      </ul>
      <input type="hidden" name="shown" value="${shown}" /><input type="hidden" name="nonce" value="${nonce}" /><button
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
