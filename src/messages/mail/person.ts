import type { MailJob } from '../../jobs/payloads.ts';
import { oneLine } from '../../platform/safe-text.ts';
import type { Fate } from '../../rules/decide/fate.ts';
import type { Message } from '../i18n/en.ts';
import { formatDay, type Language, languageOf, type Translate, translator } from '../i18n/translate.ts';
import { mailOf } from './compose.ts';
import type { Letter } from './letter.ts';
import type { Mail } from './mail.ts';
import { type MailStyle, plainStyle } from './style.ts';

/** Tells the person who registered, in their language. */
export function personMail(
  { key, to, message, application, fate }: Omit<Extract<MailJob, { kind: 'person' }>, 'who'>,
  style: MailStyle = plainStyle,
  withdraw: string | null = null,
): Mail {
  const language = languageOf(to.locale);
  const t = translator(language);
  const values = { application: oneLine(application, 100) };
  const said = [t(`${message}.body` as Message, values), ...nextFor(message, fate, values, language, t)].join(' ');
  const letter: Letter = {
    language,
    subject: t(`${message}.subject` as Message, values),
    blocks: [
      { kind: 'text', text: t('greeting') },
      { kind: 'text', text: said },
      ...(withdraw === null ? [] : [{ kind: 'link', label: t('withdraw.link'), href: withdraw } as const]),
    ],
    footer: t('closing'),
    style,
    template: { message, values },
  };
  return mailOf(letter, `tell-${key}`);
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
  if (message !== 'rejected' && message !== 'expired' && message !== 'refused' && message !== 'withdrawn') {
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
    case 'withdrawn':
      return deleted === 'now' ? account : [t('withdrawn.kept', values)];
    case 'refused':
      return account;
  }
}
