import type { Press } from '../approvals/voting.ts';
import { longestReason } from '../approvals/reason.ts';
import { consequences } from '../messages/consequences.ts';
import { html, type Html } from '../messages/html.ts';
import type { Reading } from './reading.ts';

/** What an approver typed into a form whose press was not counted: nobody has to type it again. */
export type Typed = Pick<Press, 'verdict' | 'reason' | 'tellReason'>;

/**
 * Both choices. They have not the same weight: one press approves, while a rejection says first what follows, and asks
 * for a second press. That needs no script, and nothing is sent before it.
 */
export function choices(reading: Reading, typed: Typed | null): Html {
  const reason = typed?.verdict === 'approve' ? (typed.reason ?? '') : '';
  // A form without an address posts to the page itself, so the token stands nowhere in the page.
  return html`<div class="choices">
    <form id="approval" method="post">
      ${hidden(reading)}
      <button class="approve" name="decision" value="approve" aria-describedby="then-approve">
        ${reading.t('page.approve')}
      </button>
    </form>
    ${reject(reading, typed)}${ifApproved(reading, reason)}
  </div>`;
}

/** What an approval leads to, and room for its reason. Below both choices, so that a phone shows both at once. */
function ifApproved(reading: Reading, reason: string): Html {
  const { view, t } = reading;
  const { need, votes } = view.approval;
  // An approval that is not the last one that is needed leads to nothing yet.
  const count = need - votes.length - 1;
  return html`<p class="then">${count > 0 ? t('page.approve.with', { count }) : t('then.approve')}</p>
    ${follows(reading, 'approve')}
    <details class="why" ${reason === '' ? null : html`open`}>
      <summary>${t('page.reason.add')}</summary>
      ${reasonField(reading, 'approve', reason)}
    </details>`;
}

function reject(reading: Reading, typed: Typed | null): Html {
  const { t, ofPerson } = reading;
  const again = typed?.verdict === 'reject' ? typed : null;
  return html`<details class="rejection" ${again === null ? null : html`open`}>
    <summary>${t('page.reject.open')}</summary>
    <form method="post">
      ${hidden(reading)}
      <p class="then">${t('then.reject')}</p>
      ${follows(reading, 'reject')} ${reasonField(reading, 'reject', again?.reason ?? '')}
      <label class="tick">
        <input type="checkbox" name="tell-reason" value="yes" ${again?.tellReason === true ? html`checked` : null} />
        <span>${ofPerson(t('page.reason.tell'))}</span>
      </label>
      <button class="reject" name="decision" value="reject" aria-describedby="then-reject">
        ${ofPerson(t('page.reject.person'))}
      </button>
    </form>
  </details>`;
}

function hidden({ view: { shown, nonce } }: Reading): Html {
  return html`${field('shown', shown)}${field('nonce', nonce)}`;
}

function field(name: string, value: string): Html {
  return html`<input type="hidden" name="${name}" value="${value}" />`;
}

function follows({ view, language, t, ofPerson }: Reading, verdict: 'approve' | 'reject'): Html {
  const stays = view.person.kind === 'here' && view.person.stays !== null;
  const effects = consequences(view.approval, verdict, language, t, stays, '{person}');
  const lines = effects.length === 0 ? [t('then.nothing')] : effects;
  return html`<ul id="then-${verdict}">
    ${lines.map((line) => html`<li>${ofPerson(line)}</li>`)}
  </ul>`;
}

function reasonField({ t }: Reading, verdict: 'approve' | 'reject', typed: string): Html {
  const id = `reason-${verdict}`;
  // No blank between the tags of the field: it would stand in the field.
  return html`<label for="${id}">${t(`page.reason.${verdict}`)}</label>
    <textarea
      id="${id}"
      name="reason"
      ${verdict === 'approve' ? html`form="approval"` : null}
      rows="3"
      maxlength="${longestReason}"
      aria-describedby="${id}-kept"
    >
${typed}</textarea>
    <p class="note" id="${id}-kept">${t('page.reason.kept')}</p>`;
}
