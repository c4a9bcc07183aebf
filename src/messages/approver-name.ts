import { oneLine } from '../platform/safe-text.ts';
import type { Translate } from './i18n/translate.ts';

/** An approver as people call them: a mail address, or a channel of a chat. */
export function approverName(approver: string, t: Translate): string {
  const [, chat, channel = ''] = /^(slack|teams):(.+)$/s.exec(approver) ?? [];
  const name = oneLine(channel, 100);
  return chat === 'slack'
    ? t('page.chat.slack', { name })
    : chat === 'teams'
      ? t('page.chat.teams', { name })
      : approver;
}
