import type { Approval } from '../../approvals/approval.ts';
import type { UserFacts } from '../../ingest/user.ts';
import type { Recent } from '../../approvals/recent.ts';
import { zoneOf } from '../../approvals/time-zone.ts';
import { headingName } from '../../platform/person-name.ts';
import { harmlessApprover, decidersFor } from '../approvers.ts';
import { consequences } from '../consequences.ts';
import { type Fact, factsFor } from '../facts.ts';
import { formatTime, type Language, languageOf, type Translate, translator } from '../i18n/translate.ts';
import { mailOf } from './compose.ts';
import type { Block, Letter } from './letter.ts';
import type { Mail } from './mail.ts';
import { aboutPerson, type Asking, firstKey, headingOf, subjectOf } from './request.ts';
import { type MailStyle, plainStyle } from './style.ts';

export interface ApprovalRequestMail {
  readonly approval: Approval;
  readonly user: UserFacts;
  readonly approver: number;
  readonly link: string;
  readonly reminder: boolean;
  /** Names this mail: another mail to the same approver has another name. */
  readonly key?: string;
  /** Why this approver is asked. Absent: for the first time, or again because of the time or of a vote taken back. */
  readonly asking?: Asking;
  readonly recent?: Recent;
  readonly style?: MailStyle;
}

/**
 * Asks one approver. The person and the button stand within the first screen of a phone; what helps to decide comes
 * below. What the person typed is boxed, named as unchecked, and never a link. The mail holds exactly one link, or two
 * where the rule lets approvers hand the decision over.
 */
export function approvalRequestMail(given: ApprovalRequestMail): Mail {
  const { approval, user, approver, link, recent = { fromAddress: null }, style = plainStyle } = given;
  const asking = askingOf(given);
  const language = languageOf(approval.languages?.[approver]);
  const t = translator(language);
  const zone = zoneOf(approval, approver, style.timeZone);
  const { known, typed, reason } = factsFor(approval, user, recent, language, t, zone);
  const careful = known.filter(({ label }) => label === t('fact.careful'));
  const why = whyNow(approval, approver, asking, t);
  const date = formatTime(language, approval.expiresAt, zone);
  const until = t('ask.until', { date });
  const letter: Letter = {
    language,
    subject: subjectOf(approval, user, asking, t),
    heading: headingOf(approval, user, t),
    blocks: [
      ...(why === null ? [] : [{ kind: 'text', text: why } as const]),
      { kind: 'button', label: t('ask.button'), href: link },
      { kind: 'text', text: `${until} ${t('ask.hint')}`, small: true },
      { kind: 'facts', title: t('ask.typed'), facts: [...careful, ...typed] },
      ...(reason === null ? [] : [{ kind: 'quote', title: `${reason.label}:`, text: reason.value } as const]),
      {
        kind: 'facts',
        title: t('ask.known'),
        facts: [...known.filter((fact) => !careful.includes(fact)), ...decidersFor(approval, approver, language, t)],
      },
      { kind: 'facts', title: t('ask.follows'), facts: effectsOf(approval, user, language, t) },
      ...delegation(approval, link, t),
    ],
    footer: null,
    style,
    template: { message: asking, values: { ...aboutPerson(approval, user, t), until: date, why } },
  };
  return mailOf(letter, ...keysOf(given, asking));
}

function askingOf({ asking, reminder, approval }: ApprovalRequestMail): Asking {
  return asking ?? (reminder ? 'remind' : approval.reopenedAt === undefined ? 'ask' : 'again');
}

function whyNow(approval: Approval, approver: number, asking: Asking, t: Translate): string | null {
  switch (asking) {
    case 'ask':
      return null;
    case 'remind':
    case 'escalate':
      return t(`ask.${asking}`);
    case 'again':
      return t('page.reopened');
    case 'handed-over': {
      const from = approval.handedOver?.findLast(({ to }) => to === approver)?.from;
      const address = from === undefined ? undefined : approval.approvers[from];
      return address === undefined ? null : t('ask.handed-over', { from: harmlessApprover(address, t) });
    }
  }
}

function effectsOf(approval: Approval, user: UserFacts, language: Language, t: Translate): readonly Fact[] {
  return (['approve', 'reject'] as const).map((verdict) => ({
    label: t(`then.${verdict}`),
    value:
      consequences(approval, verdict, language, t, false, headingName(user) ?? undefined).join('; ') ||
      t('then.nothing'),
    ours: true, // the name is as in the heading: taken apart, and with its own direction
  }));
}

function delegation({ delegate }: Approval, link: string, t: Translate): readonly Block[] {
  if (delegate === undefined) {
    return [];
  }
  const page = new URL(link); // what stands behind the path is for the page of the request
  return [{ kind: 'link', label: t('ask.delegate'), href: `${page.origin}${page.pathname}/delegate` }];
}

/**
 * The key of the mail, and of the one that it follows. A reminder is another mail than the question, and so is a
 * question that is asked again. A colleague to whom a question is handed over may have been asked before, or not: all
 * mails to one approver are one thread in both cases.
 */
function keysOf({ approval, approver, key }: ApprovalRequestMail, asking: Asking): [key: string, follows?: string] {
  const first = firstKey(approval, approver);
  const again = approval.reopenedAt === undefined ? '' : `-${approval.reopenedAt}`;
  return asking === 'ask' || asking === 'escalate'
    ? [first]
    : [key ?? `${asking}-${approval.id}-${approver}${again}`, first];
}
