import type { WithdrawalView } from '../approvals/withdrawing.ts';
import { html, type Html } from '../messages/html.ts';
import { formatTime, type Language, type Translate, translator } from '../messages/i18n/translate.ts';
import { oneLine } from '../platform/safe-text.ts';
import { outcome, page } from './page.ts';

/** What a person sees who thinks about taking the request back, or has done so. It shows nothing of the account. */
export function withdrawalPage(view: WithdrawalView, language: Language): string {
  const t = translator(language);
  const date = (at: number): string => formatTime(language, at, view.zone);
  const { state } = view.approval;
  const open = state === 'waiting' && !view.over;
  const values = { application: oneLine(view.approval.application, 100) };
  const title = t(
    open ? 'withdraw.title' : state === 'withdrawn' ? 'withdraw.title.done' : 'withdraw.title.late',
    values,
  );
  const body = open ? question(view, values, date, t) : ended(view, values, date, t);
  return page({ language, title, body });
}

type Values = { readonly application: string };
type Time = (at: number) => string;

function question({ approval, nonce }: WithdrawalView, values: Values, time: Time, t: Translate): Html {
  const date = time(approval.registeredAt);
  // A form without an address posts to the page itself, so the token stands nowhere in the page.
  return html`<p>${t('withdraw.waits', { ...values, date })}</p>
    <p>${t('withdraw.what')}</p>
    <p>${t('withdraw.keep')}</p>
    <form method="post">
      <input type="hidden" name="nonce" value="${nonce}" /><button class="reject">${t('withdraw.button')}</button>
    </form>`;
}

function ended(view: WithdrawalView, values: Values, time: Time, t: Translate): Html {
  const { approval, account, recorded } = view;
  const date = time(approval.decidedAt ?? approval.expiresAt);
  switch (approval.state) {
    case 'withdrawn':
      return recorded
        ? html`${outcome('withdrawn', t('withdraw.done', { date }))}
            <p>${approval.settled ? after(account, values, t) : t('withdraw.settling')} ${t('page.close')}</p>`
        : outcome('recording', t('withdraw.recording'));
    case 'approved':
    case 'rejected':
      return outcome('late', t('withdraw.decided', { date }));
    case 'waiting':
    case 'expired':
      return outcome('late', t('withdraw.expired', { date }));
    case 'obsolete':
      return outcome('late', t('withdraw.obsolete'));
  }
}

function after(account: WithdrawalView['account'], values: Values, t: Translate): string | null {
  switch (account) {
    case 'unknown':
      return null;
    case 'deleted':
      return t('withdraw.deleted');
    case 'kept':
      return t('withdrawn.kept', values);
  }
}
