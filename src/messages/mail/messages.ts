import type { Approval } from '../../approvals/approval.ts';
import { consequences } from '../consequences.ts';
import { type Fact, factsFor } from '../facts.ts';
import { html, type Html } from '../html.ts';
import type { Message } from '../i18n/en.ts';
import { formatDay, formatTime, type Language, languageOf, type Translate, translator } from '../i18n/translate.ts';
import type { MailJob } from '../../jobs/payloads.ts';
import type { Fate } from '../../rules/decide/fate.ts';
import type { UserFacts } from '../../ingest/user.ts';
import { defanged, oneLine } from '../../platform/safe-text.ts';
import { button, layout } from './layout.ts';

export interface Mail {
  /** Made of our words and of the application's name, which ops wrote: nothing that a person typed. */
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  /** Local part of the Message-ID: the same for a mail that is sent twice. */
  readonly key: string;
}

export interface ApprovalRequestMail {
  readonly approval: Approval;
  readonly user: UserFacts;
  readonly approver: number;
  readonly link: string;
  readonly reminder: boolean;
}

/** Asks one approver. It holds exactly one link; what the person typed is boxed, named as unchecked, and never a link. */
export function approvalRequestMail({ approval, user, approver, link, reminder }: ApprovalRequestMail): Mail {
  const language = languageOf(approval.languages?.[approver]);
  const t = translator(language);
  const application = oneLine(approval.application, 100);
  const subject = t(reminder ? 'ask.reminder' : 'ask.subject', { application });
  const intro = t('ask.intro', { application });
  const again = approval.reopenedAt === undefined ? null : t('page.reopened');
  const until = t('ask.until', { date: formatTime(language, approval.expiresAt) });
  const { known, typed } = factsFor(approval, user, language, t);
  const effects = (['approve', 'reject'] as const).map((verdict) => ({
    label: t(`then.${verdict}`),
    value: consequences(approval, verdict, language, t).join('; ') || t('then.nothing'),
  }));
  const body = html`<p>${intro}</p>
    ${again === null ? null : html`<p>${again}</p>`}
    <p class="small">${t('ask.typed')}</p>
    ${box(typed)}${box(known)}${box(effects)}
    <p><a class="button" style="${button}" href="${link}">${t('ask.button')}</a></p>
    <p class="small">${t('ask.hint')} ${until}</p>`;
  const lines = (facts: readonly Fact[]): string =>
    facts
      .map(harmless)
      .map(({ label, value }) => `  ${label}: ${value}`)
      .join('\n');
  const text = [
    intro,
    ...(again === null ? [] : [again]),
    `${t('ask.typed')}\n${lines(typed)}`,
    lines(known),
    lines(effects),
    `${t('ask.button')}:\n${link}`,
    `${t('ask.hint')} ${until}`,
  ].join('\n\n');
  return {
    subject,
    text: `${text}\n`,
    html: layout(language, subject, body, null),
    // An approver who is asked again gets another mail, not a copy of the first.
    key: [
      reminder ? 'remind' : 'ask',
      approval.id,
      approver,
      ...(approval.reopenedAt ? [approval.reopenedAt] : []),
    ].join('-'),
  };
}

/** Tells the person who registered, in their language. */
export function personMail({
  key,
  to,
  message,
  application,
  fate,
}: Omit<Extract<MailJob, { kind: 'person' }>, 'who'>): Mail {
  const language = languageOf(to.locale);
  const t = translator(language);
  const values = { application: oneLine(application, 100) };
  const subject = t(`${message}.subject` as Message, values);
  const said = [t(`${message}.body` as Message, values), ...nextFor(message, fate, values, language, t)].join(' ');
  const body = html`<p>${t('greeting')}</p>
    <p>${said}</p>`;
  return {
    subject,
    text: `${t('greeting')}\n\n${said}\n\n${t('closing')}\n`,
    html: layout(language, subject, body, t('closing')),
    key: `tell-${key}`,
  };
}

const unknownFate: Fate = { closed: false, deleted: 'never' };

/** What becomes of the account, and what the person can do about it: true only beside the steps that follow. */
function nextFor(
  message: string,
  fate: Fate = unknownFate,
  values: { readonly application: string },
  language: Language,
  t: Translate,
): string[] {
  if (message !== 'rejected' && message !== 'expired' && message !== 'refused') {
    return [];
  }
  const { closed, deleted } = fate;
  const account =
    deleted === 'now'
      ? [t('fate.now')]
      : [
          ...(closed ? [t('fate.closed')] : []),
          ...(deleted === 'never' ? [] : [t('fate.later', { date: formatDay(language, deleted) })]),
        ];
  switch (message) {
    case 'rejected':
      return [...account, t('rejected.next', values)];
    case 'expired':
      return [
        ...account,
        deleted === 'now'
          ? t('expired.next.now')
          : t(deleted === 'never' ? 'expired.next' : 'expired.next.later', values),
      ];
    case 'refused':
      return account;
  }
}

/** Tells administrators, in ids. */
export function notifyMail({ key, subject, about }: Extract<MailJob, { kind: 'notify' }>): Mail {
  const title = oneLine(subject ?? `Registration for ${about.application}: ${about.rule}`, 150);
  const facts = Object.entries({
    Rule: about.rule,
    Realm: about.realm,
    Client: about.clientId,
    User: about.userId,
    Event: about.eventId,
    Source: about.source,
    Registered: utc(about.registeredAt),
  }).map(([label, value]) => ({ label, value: oneLine(value) }));
  const text = facts.map(({ label, value }) => `${label}: ${defanged(value)}`).join('\n');
  return { subject: title, text: `${text}\n`, html: layout('en', title, box(facts), null), key: `notify-${key}` };
}

/** To the second, and without a dot. */
function utc(time: number): string {
  return `${new Date(time).toISOString().slice(0, 19)}Z`;
}

function harmless({ label, value, ours = false }: Fact): Fact {
  // The name of an attribute, which stands as a label, may look like an address: "company.name".
  return { label: defanged(label), value: ours ? value : defanged(value) };
}

/** Tells operators that a rule has reached its limit. */
export function ruleStoppedMail({ key, stopped, limit }: Extract<MailJob, { kind: 'rule-stopped' }>): Mail {
  const title = oneLine(`Vestibule has stopped the rule "${stopped.rule}"`, 150);
  const facts = Object.entries({
    Rule: stopped.rule,
    File: stopped.file,
    Realm: stopped.realm,
    Stopped: utc(stopped.at),
    Limit: `${limit} people per minute (LOCKOUT_LIMIT_PER_MINUTE)`,
  }).map(([label, value]) => ({ label, value: oneLine(value) }));
  const what =
    'The rule would disable or delete more people per minute than it may. Until somebody acts it deletes nobody, and disables only who has just registered; the rest waits, and nothing is lost.';
  const remedy =
    'Look whether these people should go. If the rule is wrong, correct its file: what waits is then decided anew. If it is right, set a higher limit and restart.';
  const text = facts.map(({ label, value }) => `${label}: ${defanged(value)}`).join('\n');
  const body = html`<p>${what}</p>
    ${box(facts)}
    <p>${remedy}</p>`;
  return { subject: title, text: `${what}\n\n${text}\n\n${remedy}\n`, html: layout('en', title, body, ''), key };
}

function box(facts: readonly Fact[]): Html {
  return html`<div class="box">
    ${facts.map(harmless).map(
      ({ label, value }) =>
        html`<p class="label">${label}</p>
          <p class="value">${value}</p>`,
    )}
  </div>`;
}
