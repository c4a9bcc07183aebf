import { voteOf } from '../approvals/transitions.ts';
import { whatWasDone } from '../messages/consequences.ts';
import { html, type Html } from '../messages/html.ts';
import { alert, outcome } from './page.ts';
import type { Reading } from './reading.ts';
import { troubleOf } from './trouble.ts';
import { handedOver, voters } from './voters.ts';

/** Received, and not safe yet: the page claims no outcome. */
export function recording({ view: { approval, approver }, t, time }: Reading): Html {
  const own = voteOf(approval, approver);
  return outcome(
    'recording',
    own === undefined
      ? t('page.recording')
      : t('page.received', { verdict: t(`page.${own.verdict}`), date: time(own.at) }),
  );
}

/** Decided, or nothing left to decide. Links live on for long, so nothing of the person is read any more. */
export function closed(reading: Reading): Html {
  const { view, t } = reading;
  const { approval } = view;
  if (approval.state === 'waiting' || approval.state === 'obsolete') {
    return html`${outcome('obsolete', t('page.obsolete'))}${close(reading)}`;
  }
  const stays = approval.staysDisabled;
  const trouble = troubleOf(view, reading.language, t);
  return html`${outcome(approval.state, outcomeOf(reading, approval.state))}
  ${stays === undefined ? null : alert(t(`page.stays.${stays}`))}
  ${trouble ?? (approval.settled ? done(reading) : html`<p>${t('page.settling')}</p>`)}${approval.need > 1 ? voters(reading) : null}${close(reading)}`;
}

/** Who is not asked any more learns who is. */
export function retired(reading: Reading): Html {
  const { view, t, time, who } = reading;
  const handed = handedOver(view.approval, view.approver);
  const text =
    handed === null
      ? t('page.retired.left')
      : t('page.retired.handed-over', { to: who(handed.to), date: time(handed.at) });
  return html`${outcome('retired', text)}${voters(reading)}${close(reading)}`;
}

function outcomeOf(
  { view: { approval }, language, t, time, who }: Reading,
  state: 'approved' | 'rejected' | 'expired' | 'withdrawn',
): string {
  const verdict = state === 'approved' ? 'approve' : 'reject';
  const deciders = approval.votes.filter((vote) => vote.verdict === verdict).map(({ approver }) => who(approver));
  const names = new Intl.ListFormat(language, { type: 'conjunction' }).format(deciders);
  return t(`page.${state}`, { who: names, date: time(approval.decidedAt ?? approval.expiresAt) });
}

function done({ view: { approval }, language, t, ofPerson, zone }: Reading): Html | null {
  if (approval.state === 'withdrawn') {
    return null; // whether the account is deleted is said to the person, on the page of the withdrawal
  }
  const lines = whatWasDone(approval, language, t, '{person}', zone);
  const leftOut = approval.leftOut === undefined ? null : alert(t('page.left-out'));
  return lines.length === 0
    ? (leftOut ?? html`<p>${t('page.done.nothing')}</p>`)
    : html`${leftOut}
        <p>${t('page.done')}</p>
        <ul>
          ${lines.map((line) => html`<li>${ofPerson(line)}</li>`)}
        </ul>`;
}

function close({ t }: Reading): Html {
  return html`<p>${t('page.close')}</p>`;
}
