import type { MailJob } from '../../jobs/payloads.ts';
import { isLoopback } from '../../platform/networks.ts';
import { oneLine } from '../../platform/safe-text.ts';
import type { Fate } from '../../rules/decide/fate.ts';
import type { Message } from '../i18n/en.ts';
import { formatDay, formatSpan, type Language, languageOf, type Translate, translator } from '../i18n/translate.ts';
import { mailOf } from './compose.ts';
import type { Block, Letter } from './letter.ts';
import type { Mail } from './mail.ts';
import { type MailStyle, plainStyle } from './style.ts';

/** Messages after which the person can log in: they have a button that opens the application. */
const letsIn: readonly string[] = ['approved', 'welcome', 'undone'];

/** Whether a mail with this message has a use for the address of the application. */
export function opensApplication(message: string): boolean {
  return letsIn.includes(message);
}

/**
 * Tells the person who registered, in their language.
 * @param style `link`: where the application is
 * @param withdraw where the person takes the request back; `null`: there is nothing to take back
 */
export function personMail(
  {
    key,
    to,
    message: given,
    application,
    fate,
    reason,
    usuallyWithin,
  }: Omit<Extract<MailJob, { kind: 'person' }>, 'who'>,
  style: MailStyle = plainStyle,
  withdraw: string | null = null,
): Mail {
  const message = given === 'disabled' ? 'closed' : given; // its name in jobs of earlier versions
  const language = languageOf(to.locale);
  const t = translator(language);
  const name = oneLine(application, 100);
  const values = {
    application: name,
    contact: style.contact ?? t('contact.team', { application: name }),
    review: reviewOf(name, usuallyWithin, language, t),
  };
  const next = nextFor(message, fate, values, language, t);
  const letter: Letter = {
    language,
    subject: t(`${message}.subject` as Message, values),
    blocks: [
      { kind: 'text', text: to.name === undefined ? t('greeting') : t('greeting.name', { name: to.name }) },
      { kind: 'text', text: [t(`${message}.body` as Message, values), ...next.account].join(' ') },
      ...(reason === undefined ? [] : [{ kind: 'quote', title: t('rejected.reason', values), text: reason } as const]),
      ...(next.advice === null ? [] : [{ kind: 'text', text: next.advice } as const]),
      ...buttonFor(message, style.link, values, t),
      ...(withdraw === null ? [] : [{ kind: 'link', label: t('withdraw.link'), href: withdraw } as const]),
    ],
    footer: t(style.contact === null ? 'closing' : 'closing.contact', values),
    style,
    template: { message, values: { ...values, name: to.name ?? null, account: next.account.join(' ') } },
  };
  return mailOf(letter, `tell-${key}`);
}

interface Values {
  readonly application: string;
  readonly contact: string;
  readonly review: string;
  readonly [name: string]: string;
}

/** Who decides, and how long that usually takes, where the rule says so. */
function reviewOf(application: string, within: number | undefined, language: Language, t: Translate): string {
  return within === undefined
    ? t('review', { application })
    : t('review.usually', { application, time: formatSpan(language, within) });
}

function buttonFor(message: string, link: string | null, values: Values, t: Translate): readonly Block[] {
  const href = opensApplication(message) ? safeLink(link) : null;
  return href === null ? [] : [{ kind: 'button', label: t('button.open', values), href }];
}

/** An address that people may be sent to: encrypted, or on this machine. */
function safeLink(link: string | null): string | null {
  if (link === null || !URL.canParse(link)) {
    return null;
  }
  const { protocol, hostname, href } = new URL(link);
  return protocol === 'https:' || (protocol === 'http:' && isLoopback(hostname)) ? href : null;
}

const unknownFate: Fate = { closed: false, deleted: 'never' };

interface Next {
  /** What becomes of the account. */
  readonly account: readonly string[];
  /** What the person can do about it. */
  readonly advice: string | null;
}

/** What follows for the person: true only beside the steps that follow. */
function nextFor(message: string, fate: Fate = unknownFate, values: Values, language: Language, t: Translate): Next {
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
    case 'refused':
      return { account, advice: t('rejected.next', values) };
    case 'expired': {
      const advice =
        deleted === 'now' ? 'expired.next.now' : deleted === 'never' ? 'expired.next' : 'expired.next.later';
      return { account, advice: t(advice, values) };
    }
    case 'withdrawn':
      return deleted === 'now'
        ? { account, advice: t('expired.next.now') }
        : { account: [], advice: t('withdrawn.kept', values) };
    case 'throwaway-address':
      return { account, advice: t('throwaway-address.next', values) };
    case 'closed':
      return { account, advice: t('closed.next', values) };
    default:
      return { account: [], advice: null };
  }
}
