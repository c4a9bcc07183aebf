import type { Recent } from '../approvals/recent.ts';
import { isRetired, voteOf } from '../approvals/transitions.ts';
import type { ApprovalView, PersonView, Pressed } from '../approvals/voting.ts';
import { type Fact, factsFor } from '../messages/facts.ts';
import { html, type Html } from '../messages/html.ts';
import type { Message } from '../messages/i18n/en.ts';
import { type Language, translator } from '../messages/i18n/translate.ts';
import { oneLine } from '../platform/safe-text.ts';
import { choices, type Typed } from './choices.ts';
import { closed, recording, retired } from './closed.ts';
import { alert, outcome, page } from './page.ts';
import { type Reading, readingOf } from './reading.ts';
import { withNames } from './rich.ts';
import type { Named } from './shown-names.ts';
import { voters } from './voters.ts';

/** A press that was not counted: what it came to, and what the approver had typed. */
export interface NotCounted {
  readonly pressed: Exclude<Pressed, { kind: 'counted' }>;
  readonly typed: Typed;
}

interface ApprovalPage {
  readonly language: Language;
  /** The person, where this browser may show who it is. */
  readonly named: Named | null;
  readonly notCounted?: NotCounted;
}

/** How the approval stands for this approver. */
type Standing =
  'decide' | 'voted' | 'own' | 'retired' | 'recording' | Exclude<ApprovalView['approval']['state'], 'waiting'>;

/** The page behind an approver's link: the question while it is open, and only the outcome after. */
export function approvalPage(view: ApprovalView, { language, named, notCounted }: ApprovalPage): string {
  const reading = readingOf(view, language, named);
  const { t } = reading;
  const standing = standingOf(view);
  const application = oneLine(view.approval.application, 100);
  const what = named === null ? application : `${named.name}, ${application}`;
  const heading: Message = named === null ? 'page.request' : standing === 'decide' ? 'page.wants' : 'page.request.of';
  return page({
    language,
    title: t(`page.title.${notCounted === undefined ? standing : 'not-counted'}`, { what }),
    heading: withNames(t(heading), { person: named?.name ?? '', application }),
    body: [notCounted === undefined ? null : notice(reading, notCounted), bodyOf(reading, standing, notCounted)],
  });
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

function standingOf({ approval, approver, person, recorded }: ApprovalView): Standing {
  const voted = voteOf(approval, approver) !== undefined;
  if (!recorded && (voted || approval.state !== 'waiting')) {
    return 'recording';
  }
  if (approval.state !== 'waiting') {
    return approval.state;
  }
  if (isRetired(approval, approver)) {
    return 'retired';
  }
  return person.kind === 'gone'
    ? 'obsolete'
    : voted
      ? 'voted'
      : person.kind === 'here' && person.own
        ? 'own'
        : 'decide';
}

function bodyOf(reading: Reading, standing: Standing, notCounted: NotCounted | undefined): Html {
  switch (standing) {
    case 'decide':
    case 'voted':
    case 'own':
      return open(reading, standing, notCounted?.typed ?? null);
    case 'recording':
      return recording(reading);
    case 'retired':
      return retired(reading);
    default:
      return closed(reading);
  }
}

/** Still to be decided, by this approver or by others. What a busy reader needs comes first. */
function open(reading: Reading, standing: 'decide' | 'voted' | 'own', typed: Typed | null): Html {
  const { view, language, t, time, zone } = reading;
  const { approval, person } = view;
  const user = person.kind === 'here' ? person.user : null;
  const facts = factsFor(approval, user, recentOf(person), language, t, zone);
  const warnings = facts.known.filter(({ careful }) => careful);
  const known = facts.known.filter(({ careful }) => !careful);
  const more = [...(facts.reason === null ? [] : [facts.reason]), ...facts.typed.slice(identity)];
  const mayVote = standing === 'decide' && user !== null;
  return html`${head(reading, standing)}${mayVote ? sinceMail(reading) : null}${found(reading)}
  ${warnings.map(({ label, value }) => alert(`${label}: ${value}`))}
  ${user === null ? html`<p class="note">${t('page.unread')}</p>` : box(t(user.emailVerified ? 'page.typed.verified' : 'page.typed'), facts.typed.slice(0, identity))}
  ${mayVote ? choices(reading, typed) : null}
  ${standing === 'decide' ? html`<p class="note">${t('ask.until', { date: time(approval.expiresAt) })}</p>` : null}
  ${more.length === 0 ? null : box(t('page.shown'), more)}${box(t('page.facts'), known)}${voters(reading)}`;
}

/** How many of the facts that a person typed say who they are: name, address and user name. */
const identity = 3;

function head({ view: { approval, approver }, t, time }: Reading, standing: 'decide' | 'voted' | 'own'): Html | null {
  const voted = voteOf(approval, approver);
  switch (standing) {
    case 'voted':
      return voted === undefined
        ? null
        : outcome(
            voted.verdict === 'approve' ? 'approved' : 'rejected',
            t('page.voted', { verdict: t(`page.${voted.verdict}`), date: time(voted.at) }),
          );
    case 'own':
      return outcome('own', t('page.own'));
    case 'decide':
      return approval.reopenedAt === undefined ? null : html`<p>${t('page.reopened')}</p>`;
  }
}

/** Approvers may have read the mail only: what is decided is what the page shows. */
function sinceMail({ view: { changedSinceMail }, t }: Reading): Html | null {
  return changedSinceMail === true ? alert(t('page.changed.mail')) : null;
}

/** What was found out about the account that approvers should know before they decide. */
function found({ view: { approval, person }, t }: Reading): Html | null {
  if (person.kind !== 'here') {
    return null;
  }
  if (person.stays !== null) {
    return alert(t(`page.disabled.${person.stays}`));
  }
  return person.user.enabled && approval.heldAccount ? alert(t('page.enabled')) : null;
}

/** Why a press was not counted, and what counts instead. */
function notice(reading: Reading, { pressed, typed }: NotCounted): Html | null {
  const { language, t } = reading;
  if (pressed.kind === 'changed') {
    const names = pressed.fields.map((field) => t(`shown.${field}`));
    const fields = new Intl.ListFormat(language, { type: 'conjunction' }).format(names);
    return alert(t('page.changed', { fields }));
  }
  return pressed.kind === 'late' ? alert(late(reading, t(`page.${typed.verdict}`))) : null;
}

function late({ view: { approval, approver, recorded }, t, time, who }: Reading, pressed: string): string {
  const own = voteOf(approval, approver);
  if (own !== undefined) {
    return t('page.late.own', { pressed, verdict: t(`page.${own.verdict}`), date: time(own.at) });
  }
  if (!recorded) {
    return t('page.late.others', { pressed });
  }
  const { state } = approval;
  if (state === 'waiting') {
    return t(isRetired(approval, approver) ? 'page.late.retired' : 'page.late.expired', { pressed });
  }
  const decider = who(approval.votes.at(-1)?.approver ?? '');
  return t(`page.late.${state}`, { pressed, who: decider, date: time(approval.decidedAt ?? approval.expiresAt) });
}

function box(title: string, facts: readonly Fact[]): Html {
  return html`<section class="box">
    <h2>${title}</h2>
    <dl>
      ${facts.map(
        ({ label, value }) =>
          html`<dt>${label}</dt>
            <dd><bdi>${value}</bdi></dd>`,
      )}
    </dl>
  </section>`;
}
