import type { Approval } from '../../approvals/approval.ts';
import type { UserFacts } from '../../ingest/user.ts';
import type { Recent } from '../../approvals/recent.ts';
import { oneLine } from '../../platform/safe-text.ts';
import { consequences } from '../consequences.ts';
import { factsFor } from '../facts.ts';
import { formatTime, languageOf, translator } from '../i18n/translate.ts';
import type { Values } from '../templates/engine.ts';
import { mailOf } from './compose.ts';
import type { Letter } from './letter.ts';
import type { Mail } from './mail.ts';
import type { MailStyle } from './style.ts';

export interface ApprovalRequestMail {
  readonly approval: Approval;
  readonly user: UserFacts;
  readonly approver: number;
  readonly link: string;
  readonly reminder: boolean;
  /** Names this mail: another mail to the same approver has another name. */
  readonly key?: string;
  readonly recent?: Recent;
  readonly style?: MailStyle;
}

/** Asks one approver. It holds exactly one link; what the person typed is boxed, named as unchecked, and never a link. */
export function approvalRequestMail(given: ApprovalRequestMail): Mail {
  const { approval, user, approver, link, reminder, recent = { fromAddress: null }, style } = given;
  const zone = approval.zones?.[approver] ?? style?.timeZone ?? undefined;
  const language = languageOf(approval.languages?.[approver]);
  const t = translator(language);
  const application = oneLine(approval.application, 100);
  const { known, typed } = factsFor(approval, user, recent, language, t, zone);
  const effects = (['approve', 'reject'] as const).map((verdict) => ({
    label: t(`then.${verdict}`),
    value: consequences(approval, verdict, language, t).join('; ') || t('then.nothing'),
  }));
  const date = formatTime(language, approval.expiresAt, zone);
  const until = t('ask.until', { date });
  const letter: Letter = {
    language,
    subject: t(reminder ? 'ask.reminder' : 'ask.subject', { application }),
    blocks: [
      { kind: 'text', text: t('ask.intro', { application }) },
      ...(approval.reopenedAt === undefined ? [] : [{ kind: 'text', text: t('page.reopened') } as const]),
      { kind: 'facts', title: t('ask.typed'), facts: typed },
      { kind: 'facts', facts: known },
      { kind: 'facts', facts: effects },
      { kind: 'button', label: t('ask.button'), href: link },
      { kind: 'text', text: `${t('ask.hint')} ${until}`, small: true },
    ],
    footer: null,
    ...(style === undefined ? {} : { style }),
    template: { message: reminder ? 'reminder' : 'ask', values: { application, until: date, ...personIn(user) } },
  };
  // An approver who is asked again gets another mail, not a copy of the first.
  const again = approval.reopenedAt === undefined ? [] : [approval.reopenedAt];
  return mailOf(letter, given.key ?? [reminder ? 'remind' : 'ask', approval.id, approver, ...again].join('-'));
}

/** As templates of operators may name them. */
function personIn({ username, email, firstName, lastName }: UserFacts): Values {
  return { username, email, name: [firstName, lastName].filter(Boolean).join(' ') };
}
