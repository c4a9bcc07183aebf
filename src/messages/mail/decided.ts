import type { Approval } from '../../approvals/approval.ts';
import { zoneOf } from '../../approvals/time-zone.ts';
import type { UserFacts } from '../../ingest/user.ts';
import { harmlessApprover } from '../approvers.ts';
import { formatTime, languageOf, translator } from '../i18n/translate.ts';
import { mailOf } from './compose.ts';
import type { Letter } from './letter.ts';
import type { Mail } from './mail.ts';
import { aboutPerson, firstKey, headingOf, subjectOf } from './request.ts';
import { type MailStyle, plainStyle } from './style.ts';

/** An approval that waits for nobody any more. */
export type Decided = Approval & { readonly state: Exclude<Approval['state'], 'waiting'> };

export function isDecided(approval: Approval): approval is Decided {
  return approval.state !== 'waiting';
}

export interface DecidedMail {
  readonly approval: Decided;
  /** `null`: the account is gone, or was not read. */
  readonly user: UserFacts | null;
  /** Who was asked and has not voted. */
  readonly approver: number;
  readonly style?: MailStyle;
}

/** Tells an approver that there is nothing left to decide, and who decided what. It holds no link. */
export function decidedMail({ approval, user, approver, style = plainStyle }: DecidedMail): Mail {
  const { state, votes, decidedAt, expiresAt } = approval;
  const language = languageOf(approval.languages?.[approver]);
  const t = translator(language);
  const last = votes.at(-1);
  const deciders = votes.filter(({ verdict }) => verdict === last?.verdict).map(({ approver: who }) => who);
  const names = deciders.map((address) => harmlessApprover(address, t));
  const by = names.length === 0 ? t('ask.somebody') : new Intl.ListFormat(language).format(names);
  const date = formatTime(language, decidedAt ?? expiresAt, zoneOf(approval, approver, style.timeZone));
  const letter: Letter = {
    language,
    subject: subjectOf(approval, user, 'decided', t),
    heading: t('ask.as-decided', { subject: headingOf(approval, user, t) }),
    blocks: [
      { kind: 'text', text: t(`decided.${state}`, { by, date }) },
      ...(last?.reason === undefined
        ? []
        : [
            {
              kind: 'quote',
              title: t('decided.reason', { by: harmlessApprover(last.approver, t) }),
              text: last.reason,
            } as const,
          ]),
    ],
    footer: null,
    style,
    template: { message: 'decided', values: { ...aboutPerson(approval, user, t), by, date, state } },
  };
  return mailOf(letter, `decided-${approval.id}-${approver}`, firstKey(approval, approver));
}
