import type { Approval } from '../approvals/approval.ts';
import { isRetired, voteOf } from '../approvals/transitions.ts';
import { approverName } from '../messages/approver-name.ts';
import { html, type Html } from '../messages/html.ts';
import { oneLine } from '../platform/safe-text.ts';
import type { Reading } from './reading.ts';

/** Who is asked, and who has answered what. `null` where the reader alone decides. */
export function voters(reading: Reading): Html | null {
  const { view, t, time } = reading;
  const { approval } = view;
  if (approval.approvers.length === 1) {
    return null;
  }
  const { need, state, escalate } = approval;
  const waits = state === 'waiting';
  const count = approval.votes.filter(({ verdict }) => verdict === 'approve').length;
  const rule = need === 1 ? t('page.need.one') : t('page.need.more', { need, count });
  const more = escalate === undefined ? null : html`<p>${t('page.escalates', { date: time(escalate.at) })}</p>`;
  return html`<section>
    <h2>${t(waits ? 'page.who' : 'page.who.asked')}</h2>
    ${waits ? html`<p>${rule}</p>` : null}
    <ul class="voters">
      ${approval.approvers.map((approver) => row(reading, approver))}
    </ul>
    ${waits ? more : null}
  </section>`;
}

function row({ view, t, time }: Reading, approver: string): Html {
  const { approval } = view;
  const name = approverName(approver, t);
  const who = approver === view.approver ? t('page.row.you', { who: name }) : name;
  const vote = voteOf(approval, approver);
  const reason = vote?.reason === undefined ? null : t('page.row.reason', { reason: oneLine(vote.reason, 500) });
  return html`<li>
    <strong>${who}</strong>
    <span
      >${vote === undefined ? unheard(approval, approver) : t(`page.row.${vote.verdict}`, { date: time(vote.at) })}</span
    >
    ${reason === null ? null : html`<q><bdi>${reason}</bdi></q>`}
  </li>`;

  function unheard(approval: Approval, approver: string): string {
    const handed = handedOver(approval, approver);
    if (handed !== null) {
      return t('page.row.handed-over', { to: approverName(handed.to, t), date: time(handed.at) });
    }
    if (isRetired(approval, approver)) {
      return t('page.row.retired');
    }
    return t(approval.state === 'waiting' ? 'page.row.asked' : 'page.row.silent');
  }
}

/** To whom an approver handed the question over, the last time that they did. */
export function handedOver(
  { approvers, handedOver = [] }: Approval,
  approver: string,
): { readonly to: string; readonly at: number } | null {
  const last = handedOver.findLast(({ from }) => from === approvers.indexOf(approver));
  return last === undefined ? null : { to: approvers[last.to] ?? '', at: last.at };
}
