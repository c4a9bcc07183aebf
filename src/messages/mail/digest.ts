import type { Approval } from '../../approvals/approval.ts';
import type { Recent } from '../../approvals/recent.ts';
import { zoneOf } from '../../approvals/time-zone.ts';
import type { UserFacts } from '../../ingest/user.ts';
import { headingName } from '../../platform/person-name.ts';
import { type Fact, factsFor } from '../facts.ts';
import { formatTime, type Language, languageOf, type Translate, translator } from '../i18n/translate.ts';
import { mailOf } from './compose.ts';
import type { Block, Letter } from './letter.ts';
import type { Mail } from './mail.ts';
import { applicationOf } from './request.ts';
import { type MailStyle, plainStyle } from './style.ts';

/** One request of those that a mail collects. */
export interface DigestEntry {
  readonly approval: Approval;
  readonly user: UserFacts;
  readonly approver: number;
  readonly link: string;
  readonly recent?: Recent;
}

export interface DigestMail {
  /** Of one approver, oldest first; at least one. */
  readonly entries: readonly [DigestEntry, ...DigestEntry[]];
  /** As of `Mail`: the same for the same digest. */
  readonly key: string;
  readonly style?: MailStyle;
}

/** Asks one approver about several people: each with a name, an address, and a button of their own. */
export function digestMail({ entries, key, style = plainStyle }: DigestMail): Mail {
  const [{ approval, approver }] = entries;
  const language = languageOf(approval.languages?.[approver]);
  const t = translator(language);
  const count = entries.length;
  const application = applicationOf(approval);
  const one = entries.every((entry) => applicationOf(entry.approval) === application);
  const letter: Letter = {
    language,
    subject: one ? t('digest.subject', { count, application }) : t('digest.several', { count }),
    blocks: [
      { kind: 'text', text: `${t('digest.intro')} ${t('ask.typed')}` },
      ...entries.flatMap((entry) => blocksOf(entry, one, style, language, t)),
      { kind: 'text', text: t('ask.hint'), small: true },
    ],
    footer: null,
    style,
    template: { message: 'digest', values: { count: String(count), application: one ? application : null } },
  };
  return mailOf(letter, key);
}

function blocksOf(
  { approval, user, approver, link, recent = { fromAddress: null } }: DigestEntry,
  oneApplication: boolean,
  style: MailStyle,
  language: Language,
  t: Translate,
): readonly Block[] {
  const zone = zoneOf(approval, approver, style.timeZone);
  const { known, typed, reason } = factsFor(approval, user, recent, language, t, zone);
  const told = [t('fact.careful'), ...(oneApplication ? [] : [t('fact.application')])];
  const name = headingName(user) ?? t('ask.somebody');
  const until: Fact = { label: t('digest.until'), value: formatTime(language, approval.expiresAt, zone), ours: true };
  return [
    { kind: 'title', text: name },
    {
      kind: 'facts',
      facts: [
        ...known.filter(({ label }) => told.includes(label)),
        ...typed.filter(({ label, value }) => label !== t('fact.name') || value !== name),
        ...(reason === null ? [] : [reason]),
        until,
      ],
    },
    { kind: 'button', label: t('ask.button'), href: link },
  ];
}
