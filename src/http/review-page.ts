import type { Review, Reviewed, Standing, UnsentMail } from '../approvals/review.ts';
import { html, type Html } from '../messages/html.ts';
import { translator } from '../messages/i18n/translate.ts';
import { masked } from '../platform/masked.ts';
import { oneLine } from '../platform/safe-text.ts';
import { opsPage } from './ops-pages.ts';
import { troubleInWords } from './trouble.ts';

/** Makes the value of a form that has one request tried again. */
export type NonceFor = (request: Reviewed) => string;

const sections: readonly (readonly [Standing, string])[] = [
  ['given-up', 'Given up: nobody tries it again'],
  ['not-told', 'Done, and the person was not told'],
  ['trouble', 'In trouble: tried again by itself'],
  ['under-way', 'Being done'],
  ['waiting', 'Waiting for approvers'],
];

/** Requests that wait for somebody or something. In ids: names are in Keycloak, for those who may look there. */
export function reviewPage({ requests, more }: Review, nonceFor: NonceFor, now: number): string {
  const shown = sections.map(([standing, title]) => {
    const those = requests.filter((request) => request.standing === standing);
    return those.length === 0
      ? html``
      : html`<section class="${standing}">
          <h2>${title} (${those.length})</h2>
          ${those.map((request) => card(request, nonceFor, now))}
        </section>`;
  });
  const rest = more > 0 ? html`<p>${more} more are not shown: vestibule approvals list --limit has them.</p>` : null;
  const none = requests.length === 0 ? html`<p>Nothing waits.</p>` : null;
  return opsPage(
    'Requests to join',
    html`${none}${shown}${rest}
      <p>At ${time(now)}. Reload the page to look again.</p>`,
  );
}

function card(request: Reviewed, nonceFor: NonceFor, now: number): Html {
  const { approval, standing, trouble, unsent } = request;
  const { id, application, realm, clientId, userId, rule } = approval;
  const mayRetry = standing === 'given-up' || standing === 'trouble';
  return html`<article>
    <h3>${oneLine(application, 100)}</h3>
    ${trouble.map((one) => html`<p class="why">${lineOf(one, now)}</p>`)}
    ${unsent.map((mail) => html`<p class="why">${mailLine(mail, approval.approvers, now)}</p>`)}
    <dl>
      ${facts(request, now).map(
        ([label, value]) =>
          html`<dt>${label}</dt>
            <dd>${value}</dd>`,
      )}
      <dt>Person</dt>
      <dd>user ${userId} of realm ${realm}, client ${oneLine(clientId)}</dd>
      <dt>Rule</dt>
      <dd>${rule.file}:${rule.line} “${oneLine(rule.rule)}”</dd>
      <dt>Request</dt>
      <dd>${id}</dd>
    </dl>
    ${mayRetry ? button(id, nonceFor(request), standing === 'trouble' ? 'Try now' : 'Try again') : null}
  </article>`;
}

function facts({ approval }: Reviewed, now: number): readonly (readonly [string, string])[] {
  const { state, askedAt, expiresAt, decidedAt, waitFor, need, approvers, votes } = approval;
  if (state !== 'waiting') {
    const by = votes.map(({ approver }) => masked(approver)).join(', ');
    const when = decidedAt === null ? '' : ` ${ago(decidedAt, now)}`;
    return [['Decision', `${state}${by === '' ? '' : ` by ${by}`}${when}`]];
  }
  const yes = votes.filter(({ verdict }) => verdict === 'approve').length;
  return [
    [
      'Waits',
      waitFor === null ? `since ${time(askedAt)}, ${ago(askedAt, now)}` : 'for a verified address; nobody is asked yet',
    ],
    ['Until', time(expiresAt)],
    ['Asked', approvers.map((address) => oneLine(masked(address))).join(', ')],
    ['Votes', `${yes} of ${need}`],
  ];
}

function lineOf(trouble: Reviewed['trouble'][number], now: number): Html {
  const { code, since, attempts, givenUp } = trouble;
  const tried = `${attempts} ${attempts === 1 ? 'attempt' : 'attempts'}, the first ${ago(since, now)}`;
  return html`${troubleInWords(trouble, translator('en'))}
    <span>${code}; ${tried}${givenUp ? '' : '; tried again'}</span>`;
}

function mailLine({ to, code, at, job }: UnsentMail, approvers: readonly string[], now: number): Html {
  const whom = to === 'person' ? 'the person' : `the approver ${masked(approvers[to] ?? '')}`;
  return html`The mail to ${whom} was not sent.
    <span>${code}; given up ${ago(at, now)}; “vestibule jobs retry ${job}” sends it again</span>`;
}

function button(id: string, nonce: string, text: string): Html {
  return html`<form method="post" action="/review/retry">
    <input type="hidden" name="id" value="${id}" /><input type="hidden" name="nonce" value="${nonce}" /><button>
      ${text}
    </button>
  </form>`;
}

const units = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
] as const;

function ago(at: number, now: number): string {
  const [unit, size] = units.find(([, ms]) => now - at >= ms) ?? ['second', 1_000];
  const count = Math.max(0, Math.floor((now - at) / size));
  return `${count} ${unit}${count === 1 ? '' : 's'} ago`;
}

function time(at: number): string {
  return `${new Date(at).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}
